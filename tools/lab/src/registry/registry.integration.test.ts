import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeLayout } from '../testing/layout.ts';
import { push, skopeo } from '../testing/skopeo.ts';
import { registryIsTested } from './program.ts';
import { type Registry, type RegistryOptions, startRegistry } from './registry.ts';

const tested = await registryIsTested();

let folder: string;
let registries: Registry[];

beforeEach(async () => {
  folder = await mkdtemp('/tmp/dockyard-registry-test-');
  registries = [];
});
afterEach(async () => {
  await Promise.all(registries.map((registry) => registry.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(options?: RegistryOptions): Promise<Registry> {
  const registry = await startRegistry(options);
  registries.push(registry);
  return registry;
}

const layout = (): string => join(folder, 'layout');
const inspect = (reference: string, ...options: string[]) =>
  skopeo('inspect', '--raw', '--tls-verify=false', ...options, `docker://${reference}`);

describe.skipIf(!tested)('startRegistry', () => {
  it('starts several at once, each with a storage of its own', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await writeLayout(layout(), 1000);
    expect(await push(layout(), `${one.host}/a/b:1`)).toMatchObject({ exitCode: 0 });
    expect((await inspect(`${one.host}/a/b:1`)).exitCode).toBe(0);
    expect((await inspect(`${two.host}/a/b:1`)).stderr).toContain('unknown');
    expect(await one.logs()).toContain('PUT');
  });

  it('leaves nothing when stopped', async () => {
    const registry = await start();
    await registry.stop();
    await registry.stop();
    await expect(fetch(registry.url)).rejects.toThrow();
    expect(existsSync(registry.storage)).toBe(false);
  });

  it('comes back with its storage and its port', async () => {
    const storage = join(folder, 'storage');
    const first = await start({ storage });
    const port = Number(first.url.split(':').at(-1));
    const { manifest } = await writeLayout(layout(), 1000);
    await push(layout(), `${first.host}/a:1`);
    await first.stop();
    const second = await start({ storage, port });
    expect(second.host).toBe(first.host);
    expect((await inspect(`${second.host}/a@${manifest}`)).exitCode).toBe(0);
    expect(existsSync(second.blobFile(manifest))).toBe(true);
  });

  it('is told whether manifests may be deleted', async () => {
    for (const allowed of [true, false]) {
      const registry = await start({ deletes: allowed });
      const { manifest } = await writeLayout(layout(), 1000);
      await push(layout(), `${registry.host}/a:1`);
      const { status } = await fetch(`${registry.url}/v2/a/manifests/${manifest}`, { method: 'DELETE' });
      expect(status).toBe(allowed ? 202 : 405);
    }
  });

  it('loses a manifest on demand, and keeps its tag', async () => {
    const registry = await start();
    const { manifest } = await writeLayout(layout(), 1000);
    await push(layout(), `${registry.host}/a:1`);
    await registry.loseManifest('a', manifest);
    const accept = { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } };
    for (const reference of ['1', manifest])
      expect((await fetch(`${registry.url}/v2/a/manifests/${reference}`, accept)).status).toBe(404);
    expect(await (await fetch(`${registry.url}/v2/a/tags/list`)).json()).toEqual({ name: 'a', tags: ['1'] });
  });

  it('runs out of disk where its storage does', async () => {
    const storage = join(folder, 'small');
    await exec({ command: 'mkdir', args: [storage] });
    await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', storage] });
    try {
      const registry = await start({ storage });
      await writeLayout(layout(), 2_000_000);
      expect((await push(layout(), `${registry.host}/a:1`)).exitCode).not.toBe(0);
      expect(await registry.logs()).toContain('no space left on device');
      await registry.stop();
    } finally {
      await exec({ command: 'umount', args: [storage] });
    }
  });

  it('ends with a process that is killed', async () => {
    const script = join(folder, 'start.ts');
    await writeFile(
      script,
      `import { startRegistry } from ${JSON.stringify(join(import.meta.dirname, 'registry.ts'))};
       console.log((await startRegistry({ storage: ${JSON.stringify(join(folder, 'storage'))} })).url);
       process.kill(process.pid, 'SIGKILL');`,
    );
    const { stdout, exitCode } = await exec(
      { command: process.execPath, args: [script], env: { TMPDIR: folder } },
      { reject: false },
    );
    expect(exitCode).toBe(137);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect
      .poll(() =>
        fetch(stdout).then(
          () => 'answers',
          () => 'gone',
        ),
      )
      .toBe('gone');
  });
});

describe.skipIf(!tested)('rights', () => {
  const users = {
    ci: {
      password: 's3cret:with:colons',
      grants: { 'cache/protected': ['pull'], 'cache/mr-*': ['pull', 'push'] },
    },
    main: { password: 'm', grants: { '*': ['pull', 'push', 'delete'] } },
  } as const;
  const ci = '--dest-creds=ci:s3cret:with:colons';

  it('lets nobody push what they have no right to', async () => {
    const registry = await start({ users });
    await writeLayout(layout(), 1000);
    const pushAs = async (repository: string, ...options: string[]) => {
      const { exitCode, stderr } = await push(layout(), `${registry.host}/${repository}:1`, ...options);
      return exitCode === 0 ? 'pushed' : stderr;
    };
    expect(await pushAs('cache/mr-1', ci)).toBe('pushed');
    expect(await pushAs('cache/protected', '--dest-creds=main:m')).toBe('pushed');
    expect(await pushAs('cache/protected', ci)).toContain('requested access to the resource is denied');
    expect(await pushAs('cache/mr-1', '--dest-creds=ci:wrong')).toContain('unauthorized');
    expect(await pushAs('cache/mr-1')).toContain('denied');
    expect((await inspect(`${registry.host}/cache/protected:1`, '--creds=ci:s3cret:with:colons')).exitCode).toBe(0);
    expect(registry.tokens()).toContainEqual({
      account: 'ci',
      status: 200,
      asked: [{ type: 'repository', name: 'cache/protected', actions: ['pull', 'push'] }],
      granted: [{ type: 'repository', name: 'cache/protected', actions: ['pull'] }],
    });
    expect(registry.tokens()).toContainEqual(expect.objectContaining({ account: 'ci', status: 401 }));
  });

  it('grants some things to anybody', async () => {
    const registry = await start({ users, anonymous: { public: ['pull'] } });
    await writeLayout(layout(), 1000);
    await push(layout(), `${registry.host}/public:1`, '--dest-creds=main:m');
    await push(layout(), `${registry.host}/private:1`, '--dest-creds=main:m');
    expect((await inspect(`${registry.host}/public:1`)).exitCode).toBe(0);
    expect((await inspect(`${registry.host}/private:1`)).exitCode).not.toBe(0);
  });

  it('ends tokens on time', async () => {
    const registry = await start({ users, tokenSeconds: 2 });
    const challenge = (await fetch(`${registry.url}/v2/`)).headers.get('www-authenticate') ?? '';
    const realm = /realm="([^"]+)",service="([^"]+)"/.exec(challenge);
    const query = new URLSearchParams({ service: realm?.[2] ?? '', scope: 'repository:x:pull' }).toString();
    const { token } = (await (
      await fetch(`${realm?.[1] ?? ''}?${query}`, { headers: { authorization: `Basic ${btoa('main:m')}` } })
    ).json()) as { token: string };
    const tags = async () =>
      (await fetch(`${registry.url}/v2/x/tags/list`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await tags()).toBe(404);
    await expect.poll(tags, { timeout: 5000 }).toBe(401);
  });
});
