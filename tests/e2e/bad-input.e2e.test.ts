import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { archSuffix } from '@dockyard/definition';
import { type CommandResult, exec } from '@dockyard/exec';
import type { ImageRecord } from '@dockyard/oci';
import { thisMachine } from '@dockyard/runner';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from './processes.ts';
import { copyWorkspace, imageYaml, type WorkspaceCopy } from './workspace-copy.ts';

const arch = archSuffix(thisMachine().platform);
const STORE = '.dockyard/store';

let copy: WorkspaceCopy;

beforeAll(async () => {
  copy = await copyWorkspace('podman');
  // Debian's static busybox, as the tests of libs/engine use it: a shell at the price of one file.
  copy.write('images/shell/image.yaml', imageYaml('shell'));
  copy.write('images/shell/Dockerfile', 'FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/busybox\n');
  copyFileSync('/bin/busybox', join(copy.root, 'images/shell/busybox'));
});
afterAll(() => copy.remove());

function run(task: string, o: { mirrors?: string[]; onLine?: (line: string) => void } = {}): Promise<CommandResult> {
  const env = { DOCKYARD_STORE: join(copy.root, STORE), DOCKYARD_DEBIAN_MIRROR: o.mirrors?.join(' ') };
  // Whoever reads along wants to see what the engine prints.
  return copy.nx(['run', `${task}:${arch}`, ...(o.onLine === undefined ? [] : ['--verbose'])], env, o.onLine);
}

function files(folder: string): string[] {
  const path = join(copy.root, folder);
  return existsSync(path) ? readdirSync(path) : [];
}

/** Expects that a task failed with a message, and left nothing that looks like a result or must be cleaned up. */
function expectFailed(task: string, result: CommandResult, ...said: (string | RegExp)[]): void {
  expect(result.exitCode, result.stdout).not.toBe(0);
  for (const words of said) expect(result.stdout).toMatch(words);
  // A stack is for errors that nobody foresaw.
  expect(result.stdout).not.toMatch(/^\s+at .*\.ts:\d+/m);
  const [project = '', target] = task.split(':');
  const kind = target === 'compile' ? 'artifacts' : 'image';
  expect(files(`dist/images/${project}/${arch}`).filter((name) => name !== `${kind}.log`)).toEqual([]);
  expectNothingLeft(`dist/images/${project}/${arch}/${kind}.log`);
}

/** No temporary folder, no process, no container, no mount. */
function expectNothingLeft(log: string): void {
  expect(files('.dockyard/tmp')).toEqual([]);
  expect(processesOf(join(copy.root, '.dockyard'))).toEqual([]);
  const text = existsSync(join(copy.root, log)) ? readFileSync(join(copy.root, log), 'utf8') : '';
  const store = /--root (\S+\/dockyard\/\w+)\/root/.exec(text)?.[1];
  if (store === undefined) return;
  // All that podman makes for a build lies in its private store, containers included.
  expect(existsSync(store)).toBe(false);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(store);
}

async function expectWorks(task: string, mirrors: string[] = []): Promise<void> {
  const result = await run(task, { mirrors });
  expect(result.exitCode, result.stdout).toBe(0);
}

describe('a source', () => {
  const body = randomBytes(100_000);
  const servers: Server[] = [];
  const good: RequestListener = (_request, response) => void response.end(body);

  const serve = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  /** Defines an image that is nothing but one source from `debian:`, whose mirrors each test names. */
  const define = (name: string): string => {
    const hex = createHash('sha256').update(body).update(name).digest('hex');
    const source = `sources:\n  - file: file\n    urls: ["debian:pool/main/f/file/${name}"]\n    sha256: "${hex}"\n`;
    copy.write(`images/${name}/image.yaml`, imageYaml(name, source));
    copy.write(`images/${name}/Dockerfile`, 'FROM scratch\nCOPY --from=sources file /\n');
    return `${name}:image`;
  };
  /** The bytes that {@link define} wants under a name. */
  const answer = (name: string): RequestListener => {
    const whole = Buffer.concat([body, Buffer.from(name)]);
    return (_request, response) => void response.end(whole);
  };
  const storeIsClean = (): void => {
    expect(files(`${STORE}/partial`)).toEqual([]);
  };

  it('with a wrong checksum is deleted, and both digests are shown', async () => {
    const task = define('wrong');
    const result = await run(task, { mirrors: [await serve(good)] });
    const found = createHash('sha256').update(body).digest('hex');
    expectFailed(task, result, /expected [0-9a-f]{64}/, `found    ${found}`, 'before you change the digest');
    storeIsClean();
    await expectWorks(task, [await serve(answer('wrong'))]);
  });

  it('of a version that was raised, and whose digest was not, is never the old one', async () => {
    const hex = createHash('sha256').update(body).digest('hex');
    const url = (version: string): string => `debian:pool/main/r/raised/raised_${version}.orig.tar.gz`;
    const source = `sources:\n  - { file: file, urls: ["${url('{version}')}"], sha256: "${hex}" }\n`;
    const text = imageYaml('raised', source);
    copy.write('images/raised/image.yaml', text);
    copy.write('images/raised/compile.Dockerfile', 'FROM scratch\nCOPY --from=sources file /\n');
    copy.write('images/raised/Dockerfile', 'FROM scratch\nCOPY --from=artifacts / /\n');
    const mirror = await serve((request, response) => {
      response.end(request.url?.includes('raised_1.0.') === true ? body : 'version 1.1');
    });
    await expectWorks('raised:image', [mirror]);
    copy.write('images/raised/image.yaml', text.replace('"1.0"', '"1.1"'));
    const result = await run('raised:image', { mirrors: [mirror] });
    expect(result.exitCode, result.stdout).not.toBe(0);
    expect(result.stdout).toContain(`expected ${hex}\n           which is what ${url('1.0')} served\n`);
    expect(result.stdout).toContain('npm run sources -- --update images/raised/image.yaml');
    copy.write('images/raised/image.yaml', text);
    await expectWorks('raised:image');
  });

  it('that no mirror has is an error that names them all', async () => {
    const task = define('down');
    const closed = await serve(good);
    await new Promise((done) => servers.pop()?.close(done));
    const missing = await serve((_request, response) => void response.writeHead(404).end());
    const result = await run(task, { mirrors: [closed, missing] });
    const refused = new RegExp(`${closed}/pool/\\S+\\s+the host refuses the connection`);
    expectFailed(task, result, refused, new RegExp(`${missing}/pool/\\S+\\s+HTTP status 404`), /→ .*try again/);
    storeIsClean();
    await expectWorks(task, [closed, await serve(answer('down'))]);
  });

  it('that is cut short again and again is an error, and goes on from there the next time', async () => {
    const task = define('cut');
    const cut = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': body.length + 3, connection: 'close' });
      response.write(body.subarray(0, 1000), () => response.destroy());
    });
    const result = await run(task, { mirrors: [cut] });
    expectFailed(task, result, /the connection was cut|ended early/, 'what was already fetched is kept');
    await expectWorks(task, [await serve(answer('cut'))]);
    storeIsClean();
  });

  it('of a server that hangs comes from the next mirror', async () => {
    const task = define('hang');
    const silent = await serve(() => undefined);
    await expectWorks(task, [silent, await serve(answer('hang'))]);
  });

  it('of a server that hangs can be given up by Ctrl-C', async () => {
    const task = define('stuck');
    let asked = false;
    const silent = await serve(() => {
      asked = true;
      interruptNx();
    });
    const result = await run(task, { mirrors: [silent] });
    expect(asked).toBe(true);
    expect(result.exitCode).toBe(130);
    expectFailed(task, result);
    await expectWorks(task, [await serve(answer('stuck'))]);
  });
});

describe('what a person has to write first', () => {
  it('is told before anything is built, parents included, all of it at once', async () => {
    const digest = `sources:\n  - { file: file, urls: ["https://nowhere.invalid/{version}"], sha256: "${'0'.repeat(64)}" }\n`;
    copy.write('images/under/image.yaml', imageYaml('under'));
    copy.write('images/under/Dockerfile', 'FROM scratch\nCOPY Dockerfile /\n');
    copy.write(
      'images/early/image.yaml',
      imageYaml('early', `${digest}packages: { suite: trixie, image: [netbase] }\n`),
    );
    copy.write('images/early/compile.Dockerfile', 'FROM scratch\nCOPY --from=sources / /\n');
    copy.write('images/early/Dockerfile', 'FROM dockyard/under:1.0\nCOPY --from=artifacts / /\n');
    const result = await run('early:image');
    expectFailed(
      'early:image',
      result,
      'images/early/image.yaml: the digest of file is not known yet: it is all zeros.',
      `images/early/packages/image.${arch}.json: this package lock is missing.`,
      '→ Run: npm run lock early && npm run sources -- --update images/early/image.yaml',
    );
    // Neither its compile nor its parent ran, and the locks of other platforms are not asked for.
    expect(files('dist/images/early')).toEqual([]);
    expect(files('dist/images/under')).toEqual([]);
    expect(result.stdout).not.toContain(`packages/image.${arch === 'amd64' ? 'arm64' : 'amd64'}.json`);
    // What doesn't need it is built.
    expect((await run('under:image')).exitCode).toBe(0);
  });
});

/** Sends what a terminal sends on Ctrl-C: SIGINT to Nx and all that is in its process group. */
function interruptNx(): void {
  const nx = processesOf(join(copy.root, 'node_modules', '.bin', 'nx'));
  expect(nx).not.toEqual([]);
  for (const group of new Set(nx.map((process) => process.group))) process.kill(-group, 'SIGINT');
}

describe('a compile', () => {
  const define = (name: string): string => {
    copy.write(`images/${name}/image.yaml`, imageYaml(name));
    copy.write(
      `images/${name}/compile.Dockerfile`,
      'FROM dockyard/shell:1.0 AS build\nCOPY seconds /seconds\nRUN echo compiling; busybox sleep $(busybox cat /seconds); echo done > /made\nFROM scratch\nCOPY --from=build /made /\n',
    );
    copy.write(`images/${name}/Dockerfile`, 'FROM scratch\nCOPY --from=artifacts / /\n');
    copy.write(`images/${name}/seconds`, '600');
    return `${name}:compile`;
  };
  /** Runs a compile, and something else once it has come to its long step. */
  const runUntilCompiling = (task: string, then: () => void): Promise<CommandResult> => {
    let pending = true;
    return run(task, {
      onLine: (line) => {
        if (!pending || !/^(\S+: )?compiling$/.test(line)) return;
        pending = false;
        then();
      },
    });
  };

  it('whose engine is killed says so, and leaves nothing', async () => {
    const task = define('killed');
    const result = await runUntilCompiling(task, () => {
      const podman = processesOf(copy.root).filter(({ args }) => args[0] === 'podman' && args.includes('build'));
      expect(podman).not.toEqual([]);
      for (const { pid } of podman) process.kill(pid, 'SIGKILL');
    });
    expectFailed(task, result, /podman was ended by SIGKILL/, /The whole log: \S+artifacts\.log/);
    copy.write('images/killed/seconds', '0');
    await expectWorks(task);
  });

  it('that Ctrl-C ends leaves nothing', async () => {
    const task = define('stopped');
    const result = await runUntilCompiling(task, interruptNx);
    // Nx ends with the exit code of SIGINT and passes no more output on.
    expect(result.exitCode).toBe(130);
    expectFailed(task, result);
    copy.write('images/stopped/seconds', '0');
    await expectWorks(task);
  });
});

describe('a layout', () => {
  it('with a corrupted blob is refused by its children, and built again', async () => {
    copy.write('images/child/image.yaml', imageYaml('child'));
    copy.write('images/child/Dockerfile', 'FROM dockyard/shell:1.0\nRUN echo x > /x\n');
    const task = 'child:image';
    await expectWorks('shell:image');
    const parent = join(copy.root, 'dist/images/shell', arch);
    const [layer] = (JSON.parse(readFileSync(join(parent, 'image.json'), 'utf8')) as ImageRecord).layers;
    const blob = join(parent, 'image/blobs/sha256', layer?.digest.replace('sha256:', '') ?? '');
    const bytes = readFileSync(blob);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(blob, bytes);
    // With its dependencies Nx would put the parent back from its cache first.
    const result = await copy.nx(['run', `${task}:${arch}`, '--exclude-task-dependencies']);
    const path = `dist/images/shell/${arch}/image/blobs/sha256/`;
    expectFailed(task, result, path, /is damaged.* It was removed/, /→ Run the same command again/);
    expect(existsSync(join(parent, 'image.json'))).toBe(false);
    await expectWorks(task);
  });

  it.each([
    ['the context', 3_000_000],
    ['the export', 1_500_000],
  ])('of %s that fills the disk is an error, and nothing is kept of it', async (what, size) => {
    const name = `full-${what.replace('the ', '')}`;
    copy.write(`images/${name}/image.yaml`, imageYaml(name));
    copy.write(`images/${name}/Dockerfile`, 'FROM scratch\nCOPY noise /\n');
    writeFileSync(join(copy.root, `images/${name}/noise`), randomBytes(size));
    const scratch = join(copy.root, '.dockyard/tmp');
    mkdirSync(scratch, { recursive: true });
    await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', scratch] });
    try {
      expectFailed(`${name}:image`, await run(`${name}:image`), /no space (is )?left/i, /make room|free space/i);
    } finally {
      await exec({ command: 'umount', args: [scratch] });
    }
    await expectWorks(`${name}:image`);
  });
});

describe('a selection', () => {
  it('that leaves no platform to join says which there are', async () => {
    const result = await copy.nx(['run', 'shell:image'], { DOCKYARD_PLATFORMS: 'linux/riscv64' });
    expect(result.exitCode).not.toBe(0);
    expect(result.stdout).toContain(
      'shell is built for linux/amd64, linux/arm64, and DOCKYARD_PLATFORMS selects linux/riscv64',
    );
    expect(result.stdout).toContain('or unset it');
    expect(result.stdout).not.toMatch(/\.dockyard\/tmp|^\s+at .*\.ts:\d+/m);
  });
});

describe('a Dockerfile', () => {
  it('that is a link is refused when the graph is made, with what it leads to', async () => {
    copy.write('images/linked/image.yaml', imageYaml('linked'));
    symlinkSync('../shell/Dockerfile', join(copy.root, 'images/linked/Dockerfile'));
    try {
      const result = await run('linked:image');
      expect(result.exitCode).not.toBe(0);
      expect(result.stdout).toContain('images/linked/Dockerfile:1:1  found a symbolic link to ../shell/Dockerfile');
      expect(result.stdout).toContain('put a copy in its place');
    } finally {
      rmSync(join(copy.root, 'images/linked'), { recursive: true });
    }
  });
});
