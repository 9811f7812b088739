import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ENGINES, testEngine } from './testing/engines.ts';
import { Workshop } from './testing/fixture.ts';
import type { Container, Engine, StartOptions } from './types.ts';

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** What a server on a port says; '' when nobody listens. */
function hear({ host, port }: { host: string; port: number }): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, host);
    socket.on('data', (data) => (said += data.toString()));
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(said));
  });
}

describe.each(ENGINES)('containers of %s', (name) => {
  const label = `dockyard.test=engine-${process.pid}`;
  const labels = { 'dockyard.test': `engine-${process.pid}` };
  let dir: string;
  let engine: Engine;
  let image: string;
  let layout: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dockyard-engine-'));
    engine = await testEngine(name);
    const shell = await new Workshop(dir, engine).shell();
    layout = (shell as { layout: string }).layout;
    image = await engine.load(layout, [`dockyard-test/shell:${process.pid}`]);
  });
  afterAll(async () => {
    await engine.removeLabelled(label);
    await engine.removeImage(`dockyard-test/shell:${process.pid}`);
    await rm(dir, { recursive: true, force: true });
  });

  const start = (options: Omit<StartOptions, 'image'> = {}): Promise<Container> =>
    engine.start({
      image,
      labels,
      command: ['sh', '-c', 'trap "exit 7" TERM; echo up; while :; do busybox sleep 0.1; done'],
      ...options,
    });
  const logged = (container: Container, text: string) => until(async () => (await container.logs()).includes(text));

  it('loads twice to the same id, and under a name', async () => {
    expect(await engine.load(layout, [])).toBe(image);
    const container = await engine.start({ image: `dockyard-test/shell:${process.pid}`, labels, command: ['true'] });
    await container.remove();
  });

  if (name === 'podman')
    it('needs no credentials, so it minds no variable that names missing ones', async () => {
      await engine.removeImage(`dockyard-test/shell:${process.pid}`);
      const missing = join(dir, 'missing');
      vi.stubEnv('DOCKER_CONFIG', missing);
      vi.stubEnv('REGISTRY_AUTH_FILE', join(missing, 'auth.json'));
      try {
        expect(await engine.load(layout, [`dockyard-test/shell:${process.pid}`])).toBe(image);
        const container = await start({ command: ['true'] });
        await container.remove();
      } finally {
        vi.unstubAllEnvs();
      }
    });

  if (name === 'podman')
    it('gives a container a network where PATH has no sbin', async () => {
      const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !/\bsbin\/?$/.test(folder));
      vi.stubEnv('PATH', path.join(delimiter));
      try {
        const narrow = await testEngine(name);
        const container = await narrow.start({ image, labels, command: ['true'], ports: [7000] });
        await container.remove();
      } finally {
        vi.unstubAllEnvs();
      }
    });

  it('runs programs in it, with environment, user and input', async () => {
    const container = await start({ env: { A: '1 2' } });
    const script = 'echo "$A $B"; busybox id -u; cat; echo err >&2; exit 4';
    const result = await container.exec(['sh', '-c', script], {
      env: { B: '3' },
      user: '1000',
      input: 'in',
      reject: false,
    });
    expect(result).toEqual({ stdout: '1 2 3\n1000\nin', stderr: 'err', exitCode: 4 });
    await expect(container.exec(['false'])).rejects.toMatchObject({ exitCode: 1 });
    await container.remove();
  });

  it('stops, restarts, is killed, and says how it ended', async () => {
    const container = await start();
    await logged(container, 'up');
    expect(await container.state()).toMatchObject({ running: true });
    await container.stop(30);
    expect(await container.state()).toEqual({ running: false, exitCode: 7 });
    await container.restart();
    await until(async () => (await container.logs()).split('up').length === 3);
    await container.kill();
    await until(async () => !(await container.state()).running);
    expect(await container.state()).toEqual({ running: false, exitCode: 137 });
    await container.remove();
    await container.remove();
  });

  it('logs both streams', async () => {
    const container = await start({ command: ['sh', '-c', 'echo out; echo err >&2'] });
    await until(async () => !(await container.state()).running);
    expect((await container.logs()).split('\n').sort()).toEqual(['err', 'out']);
    await container.remove();
  });

  it('publishes ports on the loopback', async () => {
    const container = await start({
      command: ['busybox', 'nc', '-ll', '-p', '7000', '-e', 'echo', 'hello'],
      ports: [7000],
    });
    const address = await container.port(7000);
    expect(address.host).toBe('127.0.0.1');
    await until(async () => (await hear(address)) === 'hello\n');
    await expect(container.port(7001)).rejects.toThrow();
    await container.remove();
  });

  it('keeps a volume, takes a path, a read-only root and tmpfs', async () => {
    const volume = `dockyard-test-${process.pid}`;
    await engine.createVolume({ name: volume, labels });
    const options: Omit<StartOptions, 'image'> = {
      volumes: [
        { name: volume, target: '/data' },
        { path: '/etc/hostname', target: '/there', readOnly: true },
      ],
      readOnly: true,
      tmpfs: ['/scratch'],
    };
    const first = await start(options);
    await first.exec(['sh', '-c', 'echo kept > /data/f; echo x > /scratch/f; cat /there']);
    await expect(first.exec(['sh', '-c', 'echo x > /f'])).rejects.toThrow(/Read-only/i);
    await expect(first.exec(['sh', '-c', 'echo x > /there'])).rejects.toThrow(/Read-only/i);
    await first.remove();
    const second = await start({ volumes: [{ name: volume, target: '/data' }] });
    expect((await second.exec(['cat', '/data/f'])).stdout).toBe('kept');
    await second.remove();
    await engine.removeVolume(volume);
    await engine.removeVolume(volume);
  });

  it('replaces entry point, user and name', async () => {
    const container = await start({
      name: `dockyard-test-${process.pid}`,
      entrypoint: ['sh', '-c'],
      command: ['echo "$0 $(busybox id -u)"', 'zero'],
      user: '1234',
    });
    await until(async () => !(await container.state()).running);
    expect(await container.logs()).toBe('zero 1234');
    await container.remove();
  });

  it('leaves nothing of a container that does not start', async () => {
    await expect(start({ command: ['nosuch'] })).rejects.toThrow(/nosuch/);
    expect(await engine.removeLabelled(label)).toEqual({ containers: [], volumes: [], networks: [] });
  });

  it('removes all that carries a label', async () => {
    const running = await start();
    const ended = await start({ command: ['true'] });
    const volume = `dockyard-test-${process.pid}-2`;
    await engine.createVolume({ name: volume, labels });
    const network = `dockyard-test-${process.pid}`;
    await engine.createNetwork({ name: network, labels });
    const removed = await engine.removeLabelled(label);
    expect(new Set(removed.containers)).toEqual(new Set([running.id, ended.id]));
    expect(removed.volumes).toEqual([volume]);
    expect(removed.networks).toEqual([network]);
    await engine.removeNetwork(network);
    expect(await engine.removeLabelled(label)).toEqual({ containers: [], volumes: [], networks: [] });
  });

  it('does not mind an image that is gone, and leaves one in use', async () => {
    await engine.removeImage(`dockyard-test/absent:${process.pid}`);
    const container = await start();
    await engine.removeImage(image);
    expect((await container.exec(['echo', 'still here'])).stdout).toBe('still here');
    await container.remove();
  });
});
