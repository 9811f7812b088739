import { join } from 'node:path';
import { exportImage, requireOutput, withScratch } from '@dockyard/build';
import { DEFAULT_NAMESPACE, type Project } from '@dockyard/project';
import { archSuffix, planTags } from '@dockyard/definition';
import type { Engine } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { readImage } from '@dockyard/oci';
import { platformSelector, selectRunner, thisMachine } from '@dockyard/runner';
import { runCommand } from '../image-command.ts';
import { lastRun, runNx, type TaskOutcome } from '../nx.ts';
import { ensureEngine } from '../setup/engine.ts';
import { formatBytes, formatSeconds, renderTable, shortDigest } from '../text.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects, pickProjects, projectOf } from '../workspace.ts';

/**
 * Builds images, tests them, loads them into the engine, and shows what came of it.
 *
 * @param names projects
 * @returns exit code: Nx's
 * @throws {UserError} unknown project, no engine, or nothing here runs the image's platforms
 */
export async function image(names: readonly string[]): Promise<number> {
  const known = imageProjects(WORKSPACE);
  if (names.length === 0) {
    throw new UserError(`Which image? There are: ${[...known.keys()].sort().join(', ')}`, {
      hint: 'For example: npm run image redis. All of them: npx nx run-many -t image',
    });
  }
  const projects = pickProjects(names, known).map(projectOf);
  const engine = await ensureEngine((line) => {
    console.log(`set-up: ${line}`);
  });
  for (const warning of engine.warnings) console.warn(`warning: ${warning}`);
  const selections = await Promise.all(projects.map(select));
  const checks = [
    ...new Set(selections.flatMap(({ platform }) => ['test', 'lint'].map((target) => `${target}:${archOf(platform)}`))),
  ];
  const started = Date.now();
  const code = await runNx(
    [
      'run-many',
      '--targets',
      ['image', ...checks].join(','),
      '--projects',
      projects.map(({ project }) => project).join(','),
      '--output-style=stream',
    ],
    { DOCKYARD_PLATFORMS: [...new Set(selections.flatMap(({ selected }) => selected))].join(',') },
  );
  if (code !== 0) return code;
  const outcomes = await lastRun(started);
  const seconds = (Date.now() - started) / 1000;

  const commands: string[] = [];
  const rows: string[][] = [];
  for (const { project, platform } of selections) {
    const { record } = await requireOutput(WORKSPACE, project.project, platform, 'image');
    const { engine: runner } = await selectRunner({
      project: project.project,
      platform,
      emulate: project.definition.emulate,
      cwd: WORKSPACE,
    });
    const name = `${DEFAULT_NAMESPACE}/${project.definition.image}`;
    commands.push(await loadImage(runner, project, platform));
    rows.push([
      `${name}:${planTags(project.definition)[0] ?? 'latest'}`,
      platform,
      shortDigest(record.digest),
      formatBytes(record.size),
      ...(['compile', 'image', 'test'] as const).map((target) =>
        describeTask(outcomes.get(`${project.project}:${target}:${archOf(platform)}`)),
      ),
    ]);
  }
  console.log(`\n${renderTable(['image', 'platform', 'digest', 'size', 'compile', 'image', 'test'], rows)}`);
  console.log(`\n${renderTable(['', 'tasks'], describeRun(outcomes))}`);
  console.log(`\nDone in ${formatSeconds(seconds)}. Run:`);
  for (const command of commands) console.log(`  ${command}`);
  return 0;
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

async function loadImage(engine: Engine, project: Project, platform: string): Promise<string> {
  const names = planTags(project.definition).map((tag) => `${DEFAULT_NAMESPACE}/${project.definition.image}:${tag}`);
  return withScratch(WORKSPACE, `${project.project}-load-`, async (folder) => {
    const layout = join(folder, 'layout');
    await exportImage({ workspace: WORKSPACE, project: project.project, platform, output: layout });
    await engine.load(layout, names);
    const { config } = await readImage(layout);
    return runCommand(engine, names[0] ?? project.project, config.config ?? {});
  });
}

function archOf(platform: string): string {
  return archSuffix(platform);
}

/** What a cell of the table says about a task. */
export function describeTask(outcome: TaskOutcome | undefined): string {
  if (outcome === undefined) return '–';
  return outcome.from === 'built' ? formatSeconds(outcome.seconds) : outcome.from;
}

/** Rows that name the tasks of a run by where their results came from. */
export function describeRun(outcomes: ReadonlyMap<string, TaskOutcome>): string[][] {
  return (['built', 'cache', 'remote cache'] as const).flatMap((from) => {
    const tasks = [...outcomes].filter(([, outcome]) => outcome.from === from).map(([id]) => id);
    return tasks.length === 0 ? [] : [[from, tasks.join(', ')]];
  });
}
