import { exec } from '@dockyard/exec';
import { thisMachine } from '@dockyard/runner';
import { expect, it } from 'vitest';
import { CHECKOUT } from './workspace-copy.ts';

it('npm run image redis ends with a table, and with a command that runs the image', async () => {
  const lines: string[] = [];
  const result = await exec(
    {
      command: 'npm',
      args: ['run', 'image', 'redis'],
      cwd: CHECKOUT,
      env: { DOCKYARD_ENGINE: 'podman', DOCKER_HOST: undefined, NX_DAEMON: 'false', FORCE_COLOR: '0' },
    },
    { reject: false, onLine: (line) => lines.push(line) },
  );
  const output = lines.join('\n');
  expect(result.exitCode, output).toBe(0);
  expect(output).toMatch(new RegExp(`dockyard/redis:8\\S* +${thisMachine().platform} +[0-9a-f]{12}`));
  const command = /^ *podman (run --rm .*dockyard\/redis:\S+)$/m.exec(output)?.[1];
  expect(command, output).toBeDefined();
  const version = await exec({ command: 'podman', args: [...(command ?? '').split(' '), 'redis-server', '--version'] });
  expect(version.stdout).toMatch(/Redis server v=8\.0\./);
});
