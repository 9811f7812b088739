import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { selectRunner, thisMachine } from '@dockyard/runner';
import { type SshHost, startSshHost } from './index.ts';

const native = thisMachine().platform;
const foreign = native === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64';

describe('a remote runner', () => {
  let host: SshHost;
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp('/tmp/dockyard-runner-');
    host = await startSshHost({ dir: '/var/tmp/dockyard-lab-test' });
    for (const [name, value] of Object.entries(host.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await host.stop();
    await rm(cwd, { recursive: true });
  });
  const select = (platform: string, at: string) =>
    selectRunner({ project: 'redis', platform, emulate: false, cwd, env: { DOCKYARD_RUNNERS: `${platform}=${at}` } });

  it('is reached over ssh', async () => {
    const runner = await select(native, host.dockerHost);
    expect(runner).toMatchObject({
      kind: 'remote',
      platform: native,
      engine: { name: 'buildkit', architecture: native },
    });
    expect(runner.description).toContain(host.dockerHost);
  });

  it('is refused where it is of another platform than it claims', async () => {
    await expect(select(foreign, host.dockerHost)).rejects.toThrow(
      `The runner ${host.dockerHost} (DOCKYARD_RUNNERS) is ${native}, not ${foreign}; it would emulate.`,
    );
  });

  it('is named where it does not answer', async () => {
    await expect(select(native, 'ssh://root@127.0.0.1:1')).rejects.toThrow(
      /The runner ssh:\/\/root@127\.0\.0\.1:1 \(DOCKYARD_RUNNERS\) can't build redis for /,
    );
  });
});
