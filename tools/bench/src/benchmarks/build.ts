import { cp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportImage, requireOutput, requireProject, stageSourcesContext } from '@dockyard/build';
import { archSuffix } from '@dockyard/definition';
import { type Command, exec, formatCommand } from '@dockyard/exec';
import { thisMachine } from '@dockyard/runner';
import type { Benchmark } from '../benchmark.ts';
import { type Alternative, interleave, type Sample } from '../measure.ts';
import { resultsOf } from '../result.ts';
import { commitAll, linkWorkspace } from '../workspace.ts';

/** What is built: `hello` where it only has to be shown that this runs. Parents are built before and aren't measured. */
const PARENTS = ['debian', 'toolchain'];

/**
 * A build through Nx against the same Dockerfiles, contexts and sources by the commands that a person would type. Cold, nothing of the image
 * is there but its parents; warm, everything is. The compiler's cache is empty for both when cold: it lies in TMPDIR, and each has its own.
 */
export const build: Benchmark = {
  name: 'build',
  description: 'cold and warm build of redis through Nx against bare podman with the same Dockerfiles',
  run: async (context) => {
    const project = context.quick ? 'hello' : 'redis';
    const { signal } = context;
    const { platform } = thisMachine();
    const arch = archSuffix(platform);
    const workspace = await linkWorkspace(context.checkout, context.scratch, 'build', () => true);
    const { root } = workspace;
    await commitAll(root);
    const temporary = { nx: join(context.scratch, 'tmp-nx'), bare: join(context.scratch, 'tmp-bare') };
    const nxEnv = { DOCKYARD_ENGINE: 'podman', DOCKER_HOST: undefined, DOCKYARD_PLATFORMS: platform };
    const nx = (...args: string[]): Command & { cwd: string } => ({
      ...workspace.nx([...args, '--output-style=static'], { daemon: false, env: { ...nxEnv, TMPDIR: temporary.nx } }),
      cwd: root,
    });
    const store = join(context.scratch, 'podman');
    // Podman takes no more than 50 characters for the folder of its state, and no capitals in the path of a layout.
    const short = join(tmpdir(), `bench-${String(process.pid)}`);
    await mkdir(short);
    const podman = ['--root', join(store, 'root'), '--runroot', join(short, 'run')];
    try {
      for (const folder of Object.values(temporary)) await mkdir(folder, { recursive: true });
      context.report(`build: building ${PARENTS.join(' and ')}, which aren't measured`);
      await exec(nx('run-many', `--targets=image:${arch}`, `--projects=${PARENTS.join(',')}`), { signal });
      await cp(join(root, '.nx'), join(context.scratch, 'nx-with-parents'), { recursive: true });
      // The bare store has the parents unpacked; so has Dockyard's, once something was built on them.
      await exec(nx('run', `hello:image:${arch}`), { signal });
      const commands = await bareCommands({ root, scratch: short, podman, project, platform, signal });
      for (const command of commands.set) await exec(command, { signal });

      const bare = (flags: readonly string[]): Command & { cwd: string } => ({
        command: 'sh',
        args: ['-euc', commands.build(flags).map(formatCommand).join('\n')],
        cwd: root,
        env: { TMPDIR: temporary.bare },
      });
      const empty = async (folder: string): Promise<void> => {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder);
      };
      const cold: Alternative[] = [
        {
          name: 'nx',
          prepare: async () => {
            await empty(temporary.nx);
            await rm(join(root, '.nx'), { recursive: true, force: true });
            await cp(join(context.scratch, 'nx-with-parents'), join(root, '.nx'), { recursive: true });
            await rm(join(root, 'dist/images', project), { recursive: true, force: true });
          },
          command: nx('run', `${project}:image`),
        },
        { name: 'bare', prepare: () => empty(temporary.bare), command: bare(['--no-cache']) },
      ];
      const warm: Alternative[] = [
        { name: 'nx', command: nx('run', `${project}:image`) },
        { name: 'bare', command: bare([]) },
      ];
      context.report(`build: ${project}, cold`);
      const coldSamples = await interleave(cold, { samples: 1, warm: false, signal });
      context.report(`build: ${project}, warm`);
      const warmSamples = await interleave(warm, { samples: context.quick ? 1 : 3, warm: true, signal });
      const what = { benchmark: 'build', unit: 'seconds' } as const;
      return {
        results: [
          ...resultsOf({ ...what, parameters: { project, state: 'cold' } }, seconds(coldSamples), [
            { to: 'bare', most: 1.05 },
          ]),
          ...resultsOf({ ...what, parameters: { project, state: 'warm' } }, seconds(warmSamples)),
        ],
      };
    } finally {
      await exec({ command: 'umount', args: ['--recursive', join(store, 'root', 'overlay')] }, { reject: false });
      await rm(short, { recursive: true, force: true });
      await workspace.remove();
    }
  },
};

function seconds(samples: ReadonlyMap<string, readonly Sample[]>): Map<string, number[]> {
  return new Map([...samples].map(([name, list]) => [name, list.map((sample) => sample.seconds)]));
}

/** What a person would type, with the parents and the verified sources that Dockyard has, in a store of podman that goes with the scratch folder. */
async function bareCommands(o: {
  root: string;
  scratch: string;
  podman: readonly string[];
  project: string;
  platform: string;
  signal: AbortSignal;
}): Promise<{ set: Command[]; build: (flags: readonly string[]) => Command[] }> {
  const { root, scratch, platform } = o;
  const folder = `images/${o.project}`;
  const definition = requireProject(root, folder);
  const sources = join(scratch, 'sources');
  await mkdir(sources);
  await stageSourcesContext({
    workspace: root,
    project: definition,
    use: 'compile',
    platform,
    output: sources,
    report: () => undefined,
    onLine: () => undefined,
    signal: o.signal,
  });
  const podman = (...args: string[]): Command => ({ command: 'podman', args: [...o.podman, ...args] });
  const set: Command[] = [];
  for (const parent of PARENTS) {
    const layout = join(scratch, `${parent}-layout`);
    await exportImage({ workspace: root, project: parent, platform, output: layout });
    const { record } = await requireOutput(root, parent, platform, 'image');
    const id = record.config.replace('sha256:', '');
    const [tag = 'latest'] = requireProject(root, `images/${parent}`).definition.tags.slice(-2);
    set.push(podman('pull', '--quiet', `oci:${layout}`), podman('tag', id, `dockyard/${parent}:${tag}`));
  }
  const build = (dockerfile: string, name: string, ...flags: string[]): Command =>
    podman(
      ...['build', '--quiet', '--format', 'docker', '--network', 'none', '--pull=never', '--platform', platform],
      ...['--build-arg', `VERSION=${definition.definition.version}`, '--build-arg', 'SOURCE_DATE_EPOCH=0', ...flags],
      ...['--tag', name, '--file', join(folder, dockerfile), folder],
    );
  return {
    set,
    build: (flags) => [
      build('compile.Dockerfile', 'artifacts', '--build-context', `sources=${sources}`, ...flags),
      build('Dockerfile', o.project, '--build-context', 'artifacts=container-image://localhost/artifacts', ...flags),
    ],
  };
}
