import { describe, expect, it } from 'vitest';
import { runCommand } from './image-command.ts';

describe('runCommand', () => {
  it('publishes the ports of a service', () => {
    const config = { ExposedPorts: { '6379/tcp': {}, '53/udp': {} }, Entrypoint: ['redis-server'] };
    expect(runCommand({ name: 'podman' }, 'dockyard/redis:8.0.2', config)).toBe(
      'podman run --rm -p 6379:6379 -p 53:53/udp dockyard/redis:8.0.2',
    );
  });

  it('gives a shell a terminal', () => {
    expect(runCommand({ name: 'buildkit' }, 'dockyard/debian:13', { Cmd: ['/bin/bash'] })).toBe(
      'docker run --rm -it dockyard/debian:13',
    );
  });

  it('runs a shell where the image says nothing', () => {
    expect(runCommand({ name: 'podman' }, 'dockyard/toolchain:14', {})).toBe(
      'podman run --rm -it dockyard/toolchain:14 sh',
    );
  });

  it('names the engine that the image is in', () => {
    expect(runCommand({ name: 'buildkit', host: 'ssh://builder' }, 'dockyard/x:1', { Cmd: ['x'] })).toBe(
      'DOCKER_HOST=ssh://builder docker run --rm dockyard/x:1',
    );
  });
});
