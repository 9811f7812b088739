import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { detectEngine, type Engine } from '@dockyard/engine';
import { type CommandResult, exec, type ExecOptions } from '@dockyard/exec';
import { labAvailability, startDockerEngine, startSshHost } from '@dockyard/lab';
import { busyboxImage } from './testing/busybox-image.ts';

const lab = { dir: '/var/tmp/dockyard-lab-test' };
const engines = (process.env['DOCKYARD_TEST_ENGINES'] ?? 'podman,buildkit').split(',');
// Where the lab can't run, CI is to fail rather than to leave it out.
const ssh = engines.includes('buildkit') && ((await labAvailability()).available || process.env['CI'] === 'true');

/** An engine of the tests, the environment of its client, and how it is ended. */
interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly detect: Parameters<typeof detectEngine>[0];
  readonly stop: () => Promise<void>;
}

async function bringUp(name: string): Promise<Surroundings> {
  if (name === 'podman') return { env: {}, detect: { preferred: 'podman' }, stop: async () => undefined };
  const given = process.env['DOCKYARD_TEST_DOCKER_HOST'];
  if (name === 'buildkit' && given !== undefined && given !== '')
    return { env: {}, detect: { preferred: 'buildkit', host: given }, stop: async () => undefined };
  const started = await (name === 'ssh' ? startSshHost(lab) : startDockerEngine(lab));
  return { env: started.env, detect: { preferred: 'buildkit', host: started.dockerHost }, stop: () => started.stop() };
}

describe.each([...engines, ...(ssh ? ['ssh'] : [])])('the harness on %s', (name) => {
  let surroundings: Surroundings | undefined;
  let engine: Engine;
  let image: Record<string, string> | undefined;
  let folder: string;
  let label: string;

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/dockyard-image-test-');
    surroundings = await bringUp(name);
    for (const [variable, value] of Object.entries(surroundings.env)) vi.stubEnv(variable, value);
    engine = await detectEngine(surroundings.detect);
    image = await busyboxImage(engine, folder);
  });
  beforeEach(() => {
    label = `dev.dockyard.test=${randomUUID()}`;
  });
  afterEach(() => engine.removeLabelled(label));
  afterAll(async () => {
    if (image !== undefined) await engine.removeImage(image['DOCKYARD_TEST_IMAGE'] ?? '');
    await surroundings?.stop();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a file of cases as an executor would. */
  const runCases = (file: string, options: ExecOptions = {}): Promise<CommandResult> =>
    exec(
      {
        command: join(import.meta.dirname, '../../../node_modules/.bin/vitest'),
        args: ['run', '--config', 'testing/vitest.config.ts', `${file}.case.ts`],
        cwd: import.meta.dirname,
        env: { ...image, DOCKYARD_TEST_LABEL: label, NO_COLOR: '1', FORCE_COLOR: undefined, VITEST: undefined },
      },
      { reject: false, ...options },
    );

  it('does all it says, and leaves nothing', async () => {
    const { exitCode, stdout, stderr } = await runCases('passing');
    expect({ exitCode, output: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, output: '' });
    expect(await engine.removeLabelled(label)).toEqual({ containers: [], volumes: [], networks: [] });
  });

  it('prints the logs of a test that failed, no others, and leaves nothing', async () => {
    const { exitCode, stdout, stderr } = await runCases('failing');
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('words of a test that failed');
    expect(stdout + stderr).toContain('words of the shared one');
    expect(stdout + stderr).not.toMatch(/^words of a test that passed/m);
    expect(await engine.removeLabelled(label)).toEqual({ containers: [], volumes: [], networks: [] });
  });

  it('lets the executor remove what a run that was ended left', async () => {
    const end = new AbortController();
    const run = runCases('hanging', {
      signal: end.signal,
      killAfterMs: 0,
      onLine: (line) => {
        if (line.includes('hanging')) end.abort();
      },
    });
    await expect(run).rejects.toThrow();
    const { containers, volumes } = await engine.removeLabelled(label);
    expect([containers.length, volumes.length]).toEqual([1, 1]);
    expect(await engine.removeLabelled(label)).toEqual({ containers: [], volumes: [], networks: [] });
  });
});
