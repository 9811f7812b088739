import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { exec, withTemporaryDirectory } from '@dockyard/exec';

/** A package that an apt repository serves. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Files by path, such as `usr/bin/tool`; all are executable. */
  readonly files: Readonly<Record<string, string>>;
  /** Maintainer script, POSIX sh. */
  readonly postinst?: string;
}

/** A running apt repository. */
export interface AptRepository {
  readonly url: string;
  readonly suite: string;
  /** Its key, ASCII-armored. */
  readonly key: string;
  /** Paths that were asked for so far. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

const SUITE = 'lab';

/**
 * Serves packages as a signed apt repository over HTTP.
 *
 * @param address IP address to listen on, a free port
 * @param packages what it has
 */
export async function startAptRepository(address: string, packages: readonly DebianPackage[]): Promise<AptRepository> {
  const { files, key } = await withTemporaryDirectory('/tmp', 'dockyard-apt-', async (folder) =>
    makeRepository(folder, packages),
  );
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURI(request.url ?? '').replace(/^\//, '');
    requests.push(path);
    const found = files.get(path);
    response.writeHead(found === undefined ? 404 : 200);
    response.end(found);
  });
  server.listen({ host: address, port: 0 });
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${String(port)}`,
    suite: SUITE,
    key,
    requests,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function makeRepository(
  folder: string,
  packages: readonly DebianPackage[],
): Promise<{ files: Map<string, Buffer>; key: string }> {
  const files = new Map<string, Buffer>();
  const entries: string[] = [];
  for (const each of packages) {
    const { control, deb } = await makePackage(join(folder, each.name), each);
    const path = `pool/${each.name}_${each.version}_all.deb`;
    files.set(path, deb);
    entries.push(`${control}Filename: ${path}\nSize: ${String(deb.length)}\nSHA256: ${sha256(deb)}\n`);
  }
  const index = Buffer.from(entries.join('\n'));
  const architectures = ['amd64', 'arm64'];
  const indexes = architectures.map((each) => `main/binary-${each}/Packages`);
  for (const each of indexes) files.set(`dists/${SUITE}/${each}`, index);
  const lines = indexes.map((each) => ` ${sha256(index)} ${String(index.length)} ${each}`);
  const release = `Origin: Dockyard lab
Suite: ${SUITE}
Codename: ${SUITE}
Date: ${new Date().toUTCString()}
Architectures: ${architectures.join(' ')}
Components: main
SHA256:
${lines.join('\n')}
`;
  await writeFile(join(folder, 'Release'), release);
  const gnupg = join(folder, 'gnupg');
  await mkdir(gnupg, { mode: 0o700 });
  const gpg = (...args: string[]) => exec({ command: 'gpg', args: ['--batch', '--homedir', gnupg, ...args] });
  try {
    await gpg('--passphrase', '', '--quick-generate-key', 'Dockyard lab', 'ed25519', 'sign', 'never');
    await gpg('--clearsign', '--output', join(folder, 'InRelease'), join(folder, 'Release'));
    files.set(`dists/${SUITE}/InRelease`, await readFile(join(folder, 'InRelease')));
    return { files, key: (await gpg('--armor', '--export')).stdout };
  } finally {
    await exec({ command: 'gpgconf', args: ['--homedir', gnupg, '--kill', 'all'] }, { reject: false });
  }
}

async function makePackage(folder: string, made: DebianPackage): Promise<{ control: string; deb: Buffer }> {
  const control = `Package: ${made.name}
Version: ${made.version}
Architecture: all
Maintainer: Dockyard lab <lab@example.com>
Description: stands in for ${made.name}
`;
  await mkdir(join(folder, 'DEBIAN'), { recursive: true });
  await writeFile(join(folder, 'DEBIAN/control'), control);
  if (made.postinst !== undefined) {
    await writeFile(join(folder, 'DEBIAN/postinst'), made.postinst);
    await chmod(join(folder, 'DEBIAN/postinst'), 0o755);
  }
  for (const [path, text] of Object.entries(made.files)) {
    const file = join(folder, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
  }
  const deb = `${folder}.deb`;
  await exec({ command: 'dpkg-deb', args: ['--root-owner-group', '--build', folder, deb] });
  return { control, deb: await readFile(deb) };
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
