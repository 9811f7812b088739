import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ENGINES, testEngine } from '../libs/engine/src/testing/engines.ts';
import { Workshop } from '../libs/engine/src/testing/fixture.ts';

/** What images, shells and hooks export, and engines obey. */
const STEERING = {
  BUILDAH_ISOLATION: 'chroot',
  BUILDAH_LAYERS: 'true',
  BUILDAH_FORMAT: 'oci',
  BUILDAH_RUNTIME: '/nowhere/runc',
  CONTAINER_HOST: 'unix:///nowhere/podman.sock',
  CONTAINER_CONNECTION: 'nowhere',
  PODMAN_USERNS: 'auto',
  BUILDX_BUILDER: 'nowhere',
  BUILDKIT_HOST: 'unix:///nowhere/buildkitd.sock',
  BUILDKIT_PROGRESS: 'rawjson',
  DOCKER_BUILDKIT: '0',
  DOCKER_CONTENT_TRUST: '1',
  DOCKER_DEFAULT_PLATFORM: 'linux/s390x',
  SOURCE_DATE_EPOCH: '1',
  GIT_DIR: '/nowhere/.git',
};

describe.each(ENGINES)('%s', (name) => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** The digest of an image that a RUN made, and what a container of it says. */
  async function build(): Promise<{ digest: string; said: string }> {
    const engine = await testEngine(name);
    const dir = await mkdtemp(join(tmpdir(), 'dockyard-environment-'));
    const workshop = new Workshop(dir, engine);
    const shell = await workshop.shell();
    if (shell.kind !== 'image') throw new Error('the shell is an image');
    const image = await engine.load(shell.layout, []);
    const container = await engine.start({ image, command: ['sh', '-c', 'id -u; cat /proc/self/uid_map'] });
    try {
      await expect.poll(async () => (await container.state()).running, { timeout: 60_000 }).toBe(false);
      return { digest: shell.digest, said: await container.logs() };
    } finally {
      await container.remove();
      await engine.removeImage(image);
      await workshop.removeImages();
      await rm(dir, { recursive: true, force: true });
    }
  }

  it('builds and runs the same, whatever the environment says', async () => {
    const plain = await build();
    for (const [variable, value] of Object.entries(STEERING)) vi.stubEnv(variable, value);
    expect(await build()).toEqual(plain);
  });
});
