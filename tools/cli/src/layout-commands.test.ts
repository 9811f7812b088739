import { describe, expect, it } from 'vitest';
import { layoutCommands } from './layout-commands.ts';

describe('layoutCommands', () => {
  it('has one for each tool', () => {
    const commands = layoutCommands({
      folder: 'dist/layouts/redis',
      repository: 'docker.io/dockyard/redis',
      tag: '8.0.6',
    });
    expect(commands.map(([, command]) => command)).toEqual([
      'tar -C ./dist/layouts/redis -c . | podman load',
      'tar -C ./dist/layouts/redis -c . | docker load',
      'skopeo copy --all oci:./dist/layouts/redis:8.0.6 docker://registry.example.com/dockyard/redis:8.0.6',
      'crane push ./dist/layouts/redis registry.example.com/dockyard/redis:8.0.6',
      'oras copy --from-oci-layout ./dist/layouts/redis:8.0.6 registry.example.com/dockyard/redis:8.0.6',
    ]);
  });

  it('quotes a folder with a blank', () => {
    const [, docker] = layoutCommands({ folder: '/a b', repository: 'docker.io/dockyard/redis', tag: '8' });
    expect(docker?.[1]).toBe("tar -C '/a b' -c . | docker load");
  });
});
