import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exec, git } from '@dockyard/exec';
import { thisMachine } from '@dockyard/runner';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { build } from './build.ts';

const docker = process.env['DOCKYARD_TEST_DOCKER_HOST'];
const listed = process.env['DOCKYARD_TEST_ENGINES']?.split(',').filter((name) => name !== '');
const engines = listed ?? ['podman', ...(docker === undefined ? [] : ['buildkit'])];
const { platform } = thisMachine();

const BASE = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV PATH=/bin
COPY same /opt/same
RUN mkdir -p /tmp /var/lib/x /var/gone/deep && chmod 1777 /tmp && echo gone > /var/gone/deep/f && echo y > /var/lib/x/y && echo 1 > /opt/one && ln /opt/one /opt/two
VOLUME /var/lib
CMD ["sh"]
`;
// What engines write in their own ways: whiteouts, folders that only lead somewhere, links, modes, places to mount on, several layers; and what one
// of them would fetch a front end for, or doesn't know.
const CHILD = `# syntax=docker/dockerfile:1.7
FROM dockyard/base:1
RUN rm -rf /var/gone && rm /var/lib/x/y && echo z > /var/lib/x/z
COPY --link rootfs/ /
COPY --chmod=644 --link same /opt/same
RUN ln /opt/one /opt/three && ln -s /nowhere /opt/dangling && chmod 4755 /bin/busybox && mv /var/lib/x /var/lib/moved && mkfifo /opt/fifo
RUN mkdir -p /opt/odd && chmod 2750 /opt/odd && chown 12:34 /opt/odd && echo hi > /opt/odd/ü && echo new > /opt/odd/1 && ln /opt/odd/1 /opt/odd/0
RUN --mount=type=bind,source=rootfs,target=/mnt/deep/er --mount=type=cache,target=/cache/x ls /mnt/deep/er && touch /tmp/x
RUN ln /opt/odd/1 /opt/odd/later && rm /opt/two && head -c 200000 /dev/zero > /opt/sparse && echo long > /opt/${'n'.repeat(150)}
VOLUME /data
RUN mkdir /data && echo 1 > /data/1
USER 1000
WORKDIR /srv/app
ENTRYPOINT ["sh", "-c"]
`;

describe.each(engines)('a build with %s', (engine) => {
  let workspace: string;

  beforeEach(() => {
    vi.stubEnv('DOCKYARD_ENGINE', engine);
    vi.stubEnv('DOCKER_HOST', engine === 'buildkit' ? docker : undefined);
    workspace = mkdtempSync(join(tmpdir(), 'dockyard-one-digest-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(workspace, { recursive: true, force: true });
  });

  function write(files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workspace, file)), { recursive: true });
      writeFileSync(join(workspace, file), text);
    }
  }

  function define(): void {
    const yaml = (name: string): string =>
      `image: ${name}\ndescription: test\nversion: '1'\nlicenses: MIT\nhomepage: https://example.org\nplatforms: [${platform}]\ntags: ['1']\n`;
    write({
      'package.json': '{}',
      '.gitignore': 'dist/\n.dockyard/\n',
      'images/base/image.yaml': yaml('base'),
      'images/base/Dockerfile': BASE,
      'images/base/same': 'the same',
      'images/child/image.yaml': yaml('child'),
      'images/child/Dockerfile': CHILD,
      'images/child/same': 'the same',
      'images/child/rootfs/etc/motd': 'hello\n',
    });
    copyFileSync('/bin/busybox', join(workspace, 'images/base/busybox'));
  }

  async function digests(): Promise<string[]> {
    const found: string[] = [];
    for (const name of ['base', 'child']) {
      const options = { workspace, root: `images/${name}`, use: 'image', platform, onLine: () => undefined } as const;
      found.push((await build({ ...options, report: () => undefined })).digest);
    }
    return found;
  }

  async function commit(time: number, ...args: string[]): Promise<void> {
    const date = `${String(time)} +0000`;
    await git(exec, workspace, args, {
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      settings: { 'user.name': 'a', 'user.email': 'a@example.org' },
    });
  }

  it('gives the digest that every engine gives', async () => {
    define();
    // Of the busybox of one Debian release it would be a constant: here the engines are compared with each other.
    const first = await digests();
    for (const other of engines.filter((name) => name !== engine)) {
      vi.stubEnv('DOCKYARD_ENGINE', other);
      vi.stubEnv('DOCKER_HOST', other === 'buildkit' ? docker : undefined);
      expect(await digests()).toEqual(first);
    }
  });

  it('gives one digest whatever git says of the content', async () => {
    define();
    const outside = await digests();
    await commit(1_600_000_000, 'init', '--quiet');
    await commit(1_600_000_000, 'add', '.');
    await commit(1_600_000_000, 'commit', '--quiet', '--message', 'a');
    expect(await digests(), 'committed').toEqual(outside);
    write({ 'images/child/same': 'other' });
    await commit(1_700_000_000, 'commit', '--quiet', '--all', '--message', 'b');
    expect(await digests(), 'changed').not.toEqual(outside);
    await commit(1_800_000_000, 'revert', '--no-edit', 'HEAD');
    expect(await digests(), 'reverted').toEqual(outside);
    await commit(1_900_000_000, 'commit', '--quiet', '--amend', '--message', 'c');
    expect(await digests(), 'amended').toEqual(outside);
  });
});
