import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pack } from 'tar-stream';
import { ensureProgram } from '../debian-program.ts';
import { labFolder } from '../paths.ts';

/** Projects of {@link writeSmallImages}; the second is on the first. */
export const SMALL_IMAGES = ['odd-base', 'odd'] as const;

const UID = 1234;
/** cap_net_bind_service=ep, as linux/capability.h lays out version 2. */
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/**
 * Writes the definitions of two small images that hold what engines do differently: users, capabilities, links, odd modes, whiteouts, renamed folders, more than
 * one layer. They need no network and no other image. All that they hold is the busybox of this machine's Debian.
 *
 * @param folder that the definitions go into, such as `images`
 * @param options.platform that they are built for
 * @param options.report called with a line about each slow step; silent by default
 * @throws {UserError} busybox can't be had
 */
export async function writeSmallImages(
  folder: string,
  { platform, report }: { readonly platform: string; readonly report?: (line: string) => void },
): Promise<void> {
  const files = { ...base(platform), ...top(platform) };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const busybox = await ensureProgram({
    ...{ package: 'busybox-static', program: 'bin/busybox', to: join(labFolder(), 'busybox', 'busybox') },
    ...(report === undefined ? {} : { report }),
  });
  await copyFile(busybox, join(folder, 'odd-base/busybox'));
  await writeFile(join(folder, 'odd/capability.tar'), await capabilityTar());
}

function base(platform: string): Record<string, string> {
  return {
    'odd-base/image.yaml': definition('odd-base', platform, ['tests-present']),
    'odd-base/Dockerfile': `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV PATH=/bin
COPY rootfs/ /
RUN set -eu; \\
    mkdir -p /home/app /opt/renamed/deep /opt/removed/deep /opt/opaque /opt/kept; \\
    chown ${String(UID)}:${String(UID)} /home/app; \\
    mkdir -m 1777 /tmp; \\
    for name in renamed/file renamed/deep/file removed/file removed/deep/file opaque/old kept/gone kept/same kept/replaced kept/mode kept/owner kept/link; do \\
      echo "$name" > "/opt/$name"; \\
    done; \\
    ln /opt/kept/same /opt/kept/same-too
USER ${String(UID)}:${String(UID)}
`,
    'odd-base/rootfs/etc/passwd': `root:x:0:0:root:/:/bin/sh\napp:x:${String(UID)}:${String(UID)}:app:/home/app:/bin/sh\n`,
    'odd-base/rootfs/etc/group': `root:x:0:\napp:x:${String(UID)}:\n`,
  };
}

function top(platform: string): Record<string, string> {
  const long = `${'directory-with-a-long-name/'.repeat(9)}file`;
  return {
    'odd/image.yaml': definition('odd', platform, ['setuid', 'deleted-files']),
    'odd/Dockerfile': `FROM dockyard/odd-base:1
USER 0:0
COPY files/ /srv/
ADD capability.tar /usr/bin/
COPY --chmod=755 --chown=0:${String(UID)} files/script /usr/bin/setuid
WORKDIR /srv/made/by/workdir
RUN set -eu; \\
    # Links.
    ln -s busybox /bin/relative; ln -s /bin/busybox /srv/absolute; ln -s nowhere /srv/dangling; \\
    ln -s /${'x'.repeat(120)} /srv/long; \\
    echo shared > /srv/one; ln /srv/one /srv/two; ln /srv/one /srv/made/three; \\
    ln /opt/kept/link /srv/link-to-parent; \\
    # Modes.
    for mode in 0000 0111 0604 0640 2755 4711 6755; do echo "$mode" > "/srv/mode-$mode"; chmod "$mode" "/srv/mode-$mode"; done; \\
    chmod 4755 /usr/bin/setuid; mkdir -m 2775 /srv/setgid; mkdir -m 1770 /srv/sticky; mkdir /srv/empty; : > /srv/empty-file; mkfifo /srv/fifo; \\
    # Names and sizes.
    mkdir -p '/srv/${long.slice(0, long.lastIndexOf('/'))}'; echo long > '/srv/${long}'; \\
    echo name > '/srv/naïve name'; truncate -s 1M /srv/sparse; echo end >> /srv/sparse; \\
    # Owners.
    echo owner > /srv/owner; chown ${String(UID)}:0 /srv/owner; chown -h ${String(UID)}:${String(UID)} /srv/dangling; chown 65000:65000 /srv/empty-file; \\
    # What the parent has.
    rm /opt/kept/gone; rm -r /opt/removed; mv /opt/renamed /opt/new-name; rm -r /opt/opaque; mkdir /opt/opaque; echo new > /opt/opaque/new; \\
    echo changed > /opt/kept/replaced; chmod 600 /opt/kept/mode; chown ${String(UID)} /opt/kept/owner; touch /opt/kept/same; \\
    touch -d '2001-02-03 04:05:06' /srv/one
RUN set -eu; \\
    # What the layer before has.
    rm /srv/mode-0111; rm -r /srv/empty; mv /srv/setgid /srv/setgid-renamed; echo more >> /srv/owner; rm /opt/opaque/new; \\
    mkdir /opt/removed; echo again > /opt/removed/again
USER ${String(UID)}:${String(UID)}
LABEL org.example.odd="a 'quoted' \\"label\\" with \\$dollar"
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["id -u; ls -l /srv"]
`,
    'odd/odd.test.ts': `import { container } from '@dockyard/image-test';
import { it } from 'vitest';

it('is run as its user', async () => {
  const odd = await container();
  await odd.waitForLog(/^${String(UID)}$/m);
});
`,
    'odd/files/script': '#!/bin/sh\nid -u\n',
    'odd/files/nested/text': 'text\n',
  };
}

function definition(name: string, platform: string, silenced: readonly string[]): string {
  return `image: ${name}
description: ${name}
version: '1'
licenses: GPL-2.0-only
homepage: https://busybox.net
platforms: [${platform}]
tags: ['{version}']
lint: { ${silenced.map((rule) => `${rule}: 'an image of tests'`).join(', ')} }
`;
}

/** An archive with a file that has a capability: the definitions' folder itself has no way to keep one. */
async function capabilityTar(): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(0);
  const header = {
    ...{ name: 'capable', mode: 0o755, mtime, uid: 0, gid: 0, uname: '', gname: '' },
    pax: { 'SCHILY.xattr.security.capability': CAPABILITY.toString('latin1') },
  };
  tar.entry(header, '#!/bin/sh\n');
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}
