import { exec } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { ENGINES, testEngine } from '../testing/engines.ts';
import { proveEngine } from './prove.ts';

describe.each(ENGINES)('proveEngine on %s', (name) => {
  it('finds that it works, and leaves nothing', async () => {
    const engine = await testEngine(name);
    // Two at once, as of two commands.
    await Promise.all([proveEngine(engine), proveEngine(engine)]);
    expect(await engine.removeLabelled('dev.dockyard.proof')).toEqual({ containers: [], volumes: [], networks: [] });
  });
});

describe.runIf(ENGINES.includes('podman'))('proveEngine on a podman that lacks something', () => {
  it('says what, and what mends it', async () => {
    const { detectEngine } = await import('../detect.ts');
    // A network needs the firewall's program; what podman prints where it is missing is its own.
    const engine = await detectEngine({
      preferred: 'podman',
      exec: (command, options) =>
        exec(
          command.args.includes('start') ? { ...command, env: { ...command.env, PATH: '/nonexistent' } } : command,
          options,
        ),
    });
    await expect(proveEngine(engine)).rejects.toThrow(/is there, but can't start a container/);
  });
});
