import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exec, withTemporaryDirectory } from '@dockyard/exec';
import { startDockerEngine, startSshHost, stopLab } from './index.ts';
import { bridgeName } from './network.ts';
import { labPaths } from './paths.ts';
import { labStatus } from './status.ts';

// Not the lab that other tests use: this file stops and breaks it. Kept between runs, as its root takes a minute to make.
const dir = '/var/tmp/dockyard-lab-test';
const MINUTES = 60_000;

afterAll(() => stopLab({ dir }), 2 * MINUTES);

describe('the lab', { timeout: 10 * MINUTES }, () => {
  it('comes up once when two start it at once, beside the rest of a start that was killed', async () => {
    await stopLab({ dir });
    await mkdir(join(dir, 'root.partial-0', 'etc'), { recursive: true });
    const [one, two] = await Promise.all([startDockerEngine({ dir }), startDockerEngine({ dir })]);
    expect([one.reused, two.reused].sort()).toEqual([false, true]);
    const { stdout } = await exec({
      command: 'docker',
      args: ['info', '--format={{json .DriverStatus}}'],
      env: one.env,
    });
    expect(stdout).toContain('io.containerd.snapshotter.v1');
    expect((await exec({ command: 'docker', args: ['buildx', 'version'], env: one.env })).stdout).toContain('buildx');
  });

  it('builds over ssh and gives the layout back here', async () => {
    const host = await startSshHost({ dir });
    await withTemporaryDirectory('/tmp', 'dockyard-lab-', async (context) => {
      await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /\n');
      await writeFile(join(context, 'file'), 'hello');
      const output = join(context, 'layout');
      await exec({
        command: 'docker',
        args: ['buildx', 'build', '--quiet', `--output=type=oci,dest=${output},tar=false`, context],
        env: { ...host.env, DOCKER_HOST: host.dockerHost },
      });
      expect(await readFile(join(output, 'oci-layout'), 'utf8')).toContain('1.0.0');
    });
    const again = await startSshHost({ dir });
    expect(again).toMatchObject({ reused: true, dockerHost: host.dockerHost });
    await again.stop();
    expect((await labStatus({ dir })).processes.some(({ name }) => name === 'sshd')).toBe(true);
  });

  it('recovers from an engine that was killed', async () => {
    for (const { pid, name } of (await labStatus({ dir })).processes)
      if (name === 'dockerd' || name === 'containerd') process.kill(pid, 'SIGKILL');
    const engine = await startDockerEngine({ dir });
    expect(engine.reused).toBe(false);
    expect((await labStatus({ dir })).engine).toBe(true);
  });

  it('leaves no process, mount or network behind', async () => {
    await stopLab({ dir });
    const status = await labStatus({ dir });
    expect(status).toEqual({ made: true, engine: false, processes: [] });
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(labPaths(dir).root);
    const rules = await exec({ command: 'chroot', args: [labPaths(dir).root, 'iptables-save'] });
    expect(rules.stdout).not.toContain(bridgeName(dir));
    await stopLab({ dir });
  });
});
