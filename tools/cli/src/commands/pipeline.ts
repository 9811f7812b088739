import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type FleetResult, simulateFleet, STATIC_SLOTS } from '@dockyard/bench';
import { exec, UserError, writeFileAtomic } from '@dockyard/exec';
import {
  affected,
  type Affected,
  builtSizes,
  type Causes,
  causesOf,
  childPipeline,
  type Durations,
  JOB_OVERHEAD,
  MAX_JOBS,
  readDurations,
  renderDetails,
  renderSummary,
  type Sizes,
  testOutcomes,
} from '@dockyard/pipeline';
import { comparePublished, type Comparisons, imageSize, publishedImages, registriesOf } from '@dockyard/publish';
import { Client } from '@dockyard/registry';
import { recordedTimes } from '@dockyard/remote-cache';
import { parsePlatformList } from '@dockyard/runner';
import { cancellation } from '../cancellation.ts';
import { changedPackages, renderPackages } from '../changed-packages.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects } from '../workspace.ts';
import { formatBytes, formatSeconds, renderTable } from '../text.ts';

/** A change; everything where there is no base. */
export interface ChangeOptions {
  base?: string;
  head: string;
}

export interface GenerateOptions {
  output: string;
  durations?: string;
  maxJobs?: number;
}

export interface SummaryOptions {
  output?: string;
}

export interface SimulateOptions {
  images: number;
  runners?: number[];
  seed: number;
  maxJobs?: number;
  durations?: string;
}

/** Set by the `workflow` of .gitlab-ci.yml, which a child pipeline has not; with what it sets. */
const INHERITED: Readonly<Record<string, readonly string[]>> = {
  DOCKYARD_TRUST: ['protected', 'unprotected'],
  DOCKYARD_ENGINE: ['podman', 'buildkit'],
  DOCKYARD_LOCKED: ['true', 'false'],
};

const RUNNERS = [1, 2, 4, 8, 16, 32];

/**
 * Writes the child pipeline of a change, and says what it holds.
 *
 * @returns exit code
 * @throws {UserError} a file can't be read, or no pipeline fits the limits
 */
export async function generate(options: GenerateOptions & ChangeOptions): Promise<number> {
  const variables = inherited(process.env);
  const durations = options.durations === undefined ? await recorded(asUsual) : await durationsOf(options.durations);
  const { graph } = await affectedBy(options);
  const { yaml, plan } = childPipeline(graph, {
    durations,
    variables,
    ...(options.maxJobs !== undefined && { limits: { jobs: options.maxJobs } }),
  });
  await writeFileAtomic(resolve(options.output), yaml);
  const known = [...graph.tasks.keys()].filter((id) => Object.hasOwn(durations, id)).length;
  console.log(
    [
      `${options.output}: ${count(plan.jobs.length, 'job')} for ${count(plan.tasks, 'task')}`,
      count(plan.batches, 'batch', 'batches'),
      count(plan.gates, 'gate'),
      `critical path about ${formatSeconds(plan.criticalPath)} of ${formatSeconds(plan.work)} (${String(known)} durations recorded)`,
    ].join(', '),
  );
  return 0;
}

/**
 * Writes the durations that protected refs recorded in the shared cache to a file, for `generate` and `simulate`.
 *
 * @returns exit code
 * @throws {UserError} DOCKYARD_CACHE names no repository, or its registry doesn't tell; no file is written then
 */
export async function durations(options: { output: string }): Promise<number> {
  if ((process.env['DOCKYARD_CACHE'] ?? '') === '')
    throw new UserError('DOCKYARD_CACHE names no cache that durations are recorded in.', {
      hint: 'Set it to its repository, such as registry.example.com/group/project/cache.',
    });
  const times = await recorded((line) => {
    throw new UserError(`The durations are unknown: ${line}`);
  });
  const sorted = Object.fromEntries(Object.entries(times).sort(([one], [other]) => (one < other ? -1 : 1)));
  await writeFileAtomic(resolve(options.output), `${JSON.stringify(sorted, undefined, 2)}\n`);
  console.log(`${options.output}: ${count(Object.keys(times).length, 'task')}`);
  return 0;
}

/**
 * Writes which images a change affects, why, how large they are, how their tests ended, the Debian packages that it changes, and where
 * DOCKYARD_REGISTRIES is set, how sizes, layers and files differ from what is published.
 *
 * @returns exit code
 * @throws {UserError} a file can't be read
 */
export async function summary(options: SummaryOptions & ChangeOptions): Promise<number> {
  const change = await affectedBy(options);
  const causes = change.explanation === undefined ? everything(change) : causesOf(change.explanation);
  const { compared, ...against } = await published(causes);
  const images = renderSummary({ causes, built: await builtSizes(WORKSPACE, causes), ...against }, formatBytes);
  const tests = await testOutcomes(WORKSPACE, causes);
  const details = renderDetails({ causes, tests, ...(compared !== undefined && { compared }) }, formatBytes);
  const { base = '', head } = options;
  const packages = /^0*$/.test(base) ? [] : await changedPackages(exec, WORKSPACE, base, head);
  const text = `${images}${renderPackages(packages)}${details}`;
  if (options.output === undefined) console.log(text);
  else await writeFileAtomic(resolve(options.output), text);
  return 0;
}

/** What the first registry has; one that doesn't answer takes nothing else of the summary away. */
async function published(
  causes: readonly Causes[],
): Promise<{ published?: Sizes; compared?: Comparisons; unknown?: string }> {
  if ((process.env['DOCKYARD_REGISTRIES'] ?? '').trim() === '') return {};
  const known = imageProjects(WORKSPACE);
  const roots = new Map(
    causes.flatMap(({ project }) => {
      const root = known.get(project);
      return root === undefined ? [] : [[project, root] as const];
    }),
  );
  const report = (line: string): void => {
    console.error(line);
  };
  const { signal } = cancellation;
  const client = new Client({ report, signal });
  try {
    const [prefix] = registriesOf(process.env);
    if (prefix === undefined) return {};
    const found = await publishedImages(WORKSPACE, roots, { client, prefix });
    const sizes = [...found].map(
      ([project, { manifests }]) =>
        [project, Object.fromEntries([...manifests].map(([platform, one]) => [platform, imageSize(one)]))] as const,
    );
    return {
      published: Object.fromEntries(sizes),
      compared: await comparePublished(WORKSPACE, causes, found, { client, report, signal }),
    };
  } catch (error) {
    signal.throwIfAborted();
    const unknown = error instanceof Error ? error.message : String(error);
    console.error(`What is published is unknown: ${unknown}`);
    return { unknown };
  } finally {
    await client.close();
  }
}

/**
 * Simulates the pipeline of a fleet.
 *
 * @returns exit code
 * @throws {UserError} the file of durations can't be read
 */
export async function simulate(options: SimulateOptions): Promise<number> {
  const measured = await durationsOf(options.durations);
  const { results, jobs } = simulateFleet({
    images: options.images,
    runners: options.runners ?? RUNNERS,
    seed: options.seed,
    jobs: options.maxJobs ?? MAX_JOBS,
    measured,
  });
  const source = Object.keys(measured).length > 0 ? `drawn from ${options.durations ?? ''}` : 'synthetic, not measured';
  console.log(
    `${String(options.images)} images on 2 platforms, all affected; durations ${source}; ${String(JOB_OVERHEAD)} s a job besides its tasks; seed ${String(options.seed)}.
generated: ${String(jobs.generated)} jobs (${String(jobs.batches)} batches); unbatched: ${String(jobs.unlimited)} jobs; static: one runner a platform with ${String(STATIC_SLOTS)} tasks at once, each as quick as alone; staged: a stage for each depth.
bound: max(critical path, work / runners) of the jobs; task bound: of the tasks alone, were jobs free and tests awaited by nothing.
`,
  );
  const minutes = (seconds: number): string => `${(seconds / 60).toFixed(0)} min`;
  const ratio = (value: number, to: number): string => `${minutes(value)} (${(value / to).toFixed(2)})`;
  console.log(
    renderTable(
      ['runners', 'bound', 'generated (÷ bound)', '÷ task bound', 'unbatched', 'staged (÷ generated)', 'static'],
      results.map((one: FleetResult) => [
        `2 × ${String(one.runners)}`,
        minutes(one.bound),
        ratio(one.generated, one.bound),
        (one.generated / one.taskBound).toFixed(2),
        ratio(one.unlimited, one.bound),
        ratio(one.staged, one.generated),
        ratio(one.static, one.generated),
      ]),
    ),
  );
  return 0;
}

/** A variable of a project or of whoever started the pipeline goes before that of the workflow, and could be anything. */
function inherited(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(INHERITED).flatMap(([name, allowed]) => {
      const value = env[name];
      if (value === undefined || value === '') return [];
      if (allowed.includes(value)) return [[name, value] as const];
      throw new UserError(`${name} is ${JSON.stringify(value)}; it is ${allowed.join(' or ')}.`, {
        hint: 'Correct the variable where it is set: in the project, the schedule, or the environment.',
      });
    }),
  );
}

function affectedBy({ base, head }: ChangeOptions): Promise<Affected> {
  const platforms = parsePlatformList('DOCKYARD_PLATFORMS', process.env['DOCKYARD_PLATFORMS'] ?? '');
  return affected(exec, {
    workspace: WORKSPACE,
    base,
    head,
    signal: cancellation.signal,
    ...(platforms.length > 0 && { platforms }),
  });
}

function everything({ graph }: Affected): Causes[] {
  const tasks = Object.fromEntries([...graph.tasks.keys()].map((id) => [id, []]));
  return causesOf({ affected: tasks, upstream: {} }).map((one) => ({
    ...one,
    changes: ['everything is built'],
  }));
}

function asUsual(line: string): void {
  console.error(`Tasks are taken to be as long as they usually are: ${line}`);
}

function recorded(warn: (line: string) => void): Promise<Durations> {
  return recordedTimes({ env: process.env, signal: cancellation.signal, warn });
}

async function durationsOf(path: string | undefined): Promise<Durations> {
  return path === undefined ? {} : readDurations(await read(path));
}

function read(path: string): Promise<string> {
  return readFile(resolve(path), 'utf8').catch((error: unknown) => {
    throw new UserError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${String(number)} ${number === 1 ? one : many}`;
}
