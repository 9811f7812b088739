import { describe, expect, it } from 'vitest';
import { readEnvironment } from './environment.ts';

const env = {
  DOCKYARD_TEST_IMAGE: 'sha256:1',
  DOCKYARD_TEST_WITH: '{"postgres:17":"sha256:2"}',
  DOCKYARD_TEST_PLATFORM: 'linux/amd64',
  DOCKYARD_TEST_PROJECT: 'redis',
  DOCKYARD_TEST_LABEL: 'dev.dockyard.test=42',
  DOCKYARD_TEST_RECORD: '/w/image.json',
  DOCKYARD_ENGINE: 'buildkit',
  DOCKER_HOST: 'ssh://arm',
};

describe('readEnvironment', () => {
  it('reads what the executor told', () => {
    expect(readEnvironment(env)).toMatchObject({
      others: { 'postgres:17': 'sha256:2' },
      label: ['dev.dockyard.test', '42'],
      engine: 'buildkit',
      host: 'ssh://arm',
    });
  });

  it('keeps DOCKER_HOST from Podman', () => {
    expect(readEnvironment({ ...env, DOCKYARD_ENGINE: 'podman' })).not.toHaveProperty('host');
  });

  it.each([
    [{ DOCKYARD_TEST_IMAGE: undefined }, 'DOCKYARD_TEST_IMAGE is not set'],
    [{ DOCKYARD_TEST_LABEL: 'x' }, 'must be key=value, not "x"'],
    [{ DOCKYARD_ENGINE: 'lxc' }, 'must be podman or buildkit, not "lxc"'],
  ])('refuses %j', (change, message) => {
    expect(() => readEnvironment({ ...env, ...change })).toThrow(message);
  });
});
