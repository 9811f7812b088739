import { join } from 'node:path';
import { exportImage, requireOutput, withCheckoutLock, withScratch } from '@dockyard/build';
import { DEFAULT_NAMESPACE, type Project } from '@dockyard/project';
import { archSuffix, planTags } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { readImage } from '@dockyard/oci';
import { platformSelector, selectRunner, thisMachine } from '@dockyard/runner';
import { runCommand } from '../image-command.ts';
import { cancellation } from '../cancellation.ts';
import { runTasks, type TaskOutcome } from '../nx.ts';
import { describeFailures, describeRun, describeTask } from '../run-report.ts';
import { ensureEngine } from '../setup/engine.ts';
import { formatBytes, formatSeconds, renderTable, shortDigest } from '../text.ts';
import { WORKSPACE } from '../root.ts';
import { commandStarted } from '../started.ts';
import { imageProjects, pickProjects, pickSingleProjects, projectOf } from '../workspace.ts';

/** Options of `image`. */
export interface ImageOptions {
  /** Of a name that several projects share: all of them. */
  readonly all?: true;
  /** The engines' whole log. */
  readonly verbose?: true;
}

/**
 * Builds images, tests them, loads them into the engine, and shows what came of it.
 *
 * @param names projects
 * @param options as typed
 * @returns exit code: Nx's
 * @throws {UserError} unknown project, no engine, or nothing here runs the image's platforms
 */
export async function image(names: readonly string[], options: ImageOptions): Promise<number> {
  const known = imageProjects(WORKSPACE);
  if (names.length === 0) {
    throw new UserError(`Which image? There are: ${[...known.keys()].sort().join(', ')}`, {
      hint: 'For example: npx dockyard image redis. All of them: npx nx run-many -t image',
    });
  }
  const picked =
    options.all === true ? pickProjects(names, known) : pickSingleProjects(names, known, 'npx dockyard image', '--all');
  const projects = picked.map(projectOf);
  const engine = await ensureEngine((line) => {
    console.log(`set-up: ${line}`);
  });
  for (const warning of engine.warnings) console.warn(`warning: ${warning}`);
  const selections = await Promise.all(projects.map(select));
  // Only Nx decides what has to be built, when it is called: of two at a time the second would build all over again.
  return withCheckoutLock(
    WORKSPACE,
    'image-command',
    {
      signal: cancellation.signal,
      onWait: () => {
        console.log('Another command builds images in this checkout: waiting for it');
      },
    },
    () => buildAndLoad(selections, options.verbose === true),
  );
}

async function buildAndLoad(selections: readonly Selection[], verbose: boolean): Promise<number> {
  const checks = new Set(
    selections.flatMap(({ platform }) => ['test', 'lint'].map((target) => `${target}:${archSuffix(platform)}`)),
  );
  const { exitCode, outcomes } = await runTasks(
    [
      'run-many',
      ...['--targets', ['image', ...checks].join(',')],
      ...['--projects', selections.map(({ project }) => project.project).join(',')],
    ],
    { env: { DOCKYARD_PLATFORMS: [...new Set(selections.flatMap(({ selected }) => selected))].join(',') }, verbose },
  );
  if (exitCode !== 0 && outcomes.size === 0) return exitCode;

  const commands: string[] = [];
  const rows: string[][] = [];
  for (const selection of selections) {
    const { project, platform } = selection;
    const outcome = (target: string): TaskOutcome | undefined =>
      outcomes.get(`${project.project}:${target}:${archSuffix(platform)}`);
    const { record } =
      outcome('image')?.ok === true ? await requireOutput(WORKSPACE, project.project, platform, 'image') : {};
    if (record !== undefined && outcome('test')?.ok === true) commands.push(await loadImage(selection));
    rows.push([
      `${DEFAULT_NAMESPACE}/${project.definition.image}:${planTags(project.definition)[0] ?? 'latest'}`,
      platform,
      record === undefined ? '–' : shortDigest(record.digest),
      record === undefined ? '–' : formatBytes(record.size),
      describeTask(outcome('compile'), project.compileDockerfile !== undefined),
      describeTask(outcome('image'), true),
      describeTask(outcome('test'), true),
    ]);
  }
  console.log(`\n${renderTable(['image', 'platform', 'digest', 'size', 'compile', 'image', 'test'], rows)}`);
  console.log(`\n${renderTable(['', 'tasks'], describeRun(outcomes))}`);
  const failures = describeFailures(outcomes);
  if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
  const seconds = (Date.now() - commandStarted(process.env)) / 1000;
  console.log(`\n${exitCode === 0 ? 'Done in' : 'Failed after'} ${formatSeconds(seconds)}.`);
  if (commands.length > 0) console.log(`Run:\n${commands.map((command) => `  ${command}`).join('\n')}`);
  return exitCode;
}

/** What is built of a project, and which of that is tested and loaded. */
interface Selection {
  readonly project: Project;
  readonly selected: readonly string[];
  readonly platform: string;
}

/** Selects what has a runner here, in CI too: this command is about this machine. This machine's platform is loaded, else the first. */
async function select(project: Project): Promise<Selection> {
  const { platforms, emulate } = project.definition;
  const env = { ...process.env, CI: undefined };
  const selected = platformSelector({ env, cwd: WORKSPACE })(project.definition);
  const own = thisMachine().platform;
  const platform = selected.includes(own) ? own : selected[0];
  if (platform !== undefined) return { project, selected, platform };
  // Refuses with the ways out.
  await selectRunner({ project: project.project, platform: platforms[0] ?? own, emulate, cwd: WORKSPACE });
  throw new UserError(
    `DOCKYARD_PLATFORMS selects none of the platforms of ${project.project}: ${platforms.join(', ')}`,
    {
      hint: 'Unset it, or name one of them.',
    },
  );
}

/** Puts a built image into the engine that runs its platform; returns the command that runs it there. */
async function loadImage({ project, platform }: Selection): Promise<string> {
  const { engine } = await selectRunner({
    project: project.project,
    platform,
    emulate: project.definition.emulate,
    cwd: WORKSPACE,
  });
  const names = planTags(project.definition).map((tag) => `${DEFAULT_NAMESPACE}/${project.definition.image}:${tag}`);
  return withScratch(WORKSPACE, `${project.project}-load-`, async (folder) => {
    const layout = join(folder, 'layout');
    await exportImage({ workspace: WORKSPACE, project: project.project, platform, output: layout });
    await engine.load(layout, names);
    const { config } = await readImage(layout);
    return runCommand(engine, names[0] ?? project.project, config.config ?? {});
  });
}
