import { exec } from '@dockyard/exec';
import { labClient } from '@dockyard/lab';
import type { Benchmark, BenchContext } from '../benchmark.ts';
import { type Alternative, interleave, type Sample } from '../measure.ts';
import type { BenchResult } from '../report.ts';
import { type Goal, resultsOf } from '../result.ts';
import { growthExponent } from '../statistics.ts';
import { DEFAULT_SHAPE } from '../synthetic.ts';
import { makeStaticWorkspace, makeSyntheticWorkspace, type SyntheticWorkspace } from '../workspace.ts';

const OPERATIONS = {
  affected: ['affected', '--targets=image', '--graph=.nx/plan.json'],
  'show projects': ['show', 'projects'],
} as const;

/** Sizes, with how often each is measured: a cold plan of the largest takes as long as all others together. */
const SIZES = [
  { images: 10, cold: 3, warm: 3 },
  { images: 100, cold: 3, warm: 3 },
  { images: 1000, cold: 3, warm: 5 },
  { images: 3000, cold: 1, warm: 3 },
];
const QUICK = [{ images: 10, cold: 1, warm: 1 }];

const LARGEST = 3000;
const JUDGED = 1000;

/**
 * What it takes to plan: the plugin against the same projects as static project.json, which is Nx's own floor, and against docker's bake.
 * Of the same samples: the memory of the largest graph, and the exponent with which a plan grows.
 */
export const plan: Benchmark = {
  name: 'plan',
  description: 'nx affected and nx show projects against static project.json and docker buildx bake; memory; growth',
  run: async (context) => {
    const results: BenchResult[] = [];
    const bake = await bakeEnvironment(context);
    for (const size of context.quick ? QUICK : SIZES) {
      context.report(`plan: making workspaces of ${String(size.images)} images`);
      const inferred = await makeSyntheticWorkspace(context.checkout, context.scratch, {
        images: size.images,
        ...DEFAULT_SHAPE,
      });
      const written = await makeStaticWorkspace(context.checkout, context.scratch, inferred);
      for (const daemon of context.quick ? [false] : [false, true]) {
        results.push(...(await measureSize(context, { inferred, written, size, daemon, bake: bake.env })));
      }
      await inferred.remove();
      await written.remove();
    }
    return { results: [...results, ...growth(results)], missing: bake.missing };
  },
};

async function measureSize(
  context: BenchContext,
  o: {
    inferred: SyntheticWorkspace;
    written: SyntheticWorkspace;
    size: (typeof SIZES)[number];
    daemon: boolean;
    bake: Readonly<Record<string, string>> | undefined;
  },
): Promise<BenchResult[]> {
  const { inferred, written, size, daemon } = o;
  const results: BenchResult[] = [];
  for (const [operation, args] of Object.entries(OPERATIONS)) {
    for (const state of ['cold', 'warm'] as const) {
      const parameters = { operation, images: size.images, daemon, state };
      context.report(
        `plan: ${operation} of ${String(size.images)} images, ${state}, daemon ${daemon ? 'on' : 'off'}: ${String(size[state])} samples`,
      );
      const nx = (name: string, workspace: SyntheticWorkspace): Alternative => ({
        name,
        command: { ...workspace.nx(args, { daemon }), cwd: workspace.root },
        ...(state === 'cold' && {
          prepare: async () => {
            await exec(workspace.nx(['reset'], { daemon }), { signal: context.signal });
          },
        }),
      });
      const bake: Alternative = {
        name: 'bake',
        command: { command: 'docker', args: ['buildx', 'bake', '--print'], cwd: inferred.root, env: o.bake ?? {} },
      };
      const samples = await interleave(
        [nx('plugin', inferred), nx('static', written), ...(o.bake !== undefined && state === 'warm' ? [bake] : [])],
        { samples: size[state], warm: state === 'warm', signal: context.signal },
      );
      const seconds = new Map([...samples].map(([name, list]) => [name, list.map((sample) => sample.seconds)]));
      results.push(...resultsOf({ benchmark: 'plan', parameters, unit: 'seconds' }, seconds, goalsOf(parameters)));
      if (size.images === LARGEST && !daemon && operation === 'show projects') {
        samples.delete('bake');
        results.push(...memory(parameters, samples));
      }
    }
  }
  return results;
}

function goalsOf(parameters: { operation: string; images: number; daemon: boolean; state: string }): Goal[] {
  if (parameters.images !== JUDGED) return [];
  const quick = parameters.daemon && parameters.state === 'warm' && parameters.operation === 'affected';
  return [{ to: 'static', most: 1.15 }, ...(quick ? [{ most: 1.5 }] : [])];
}

/** The memory of the process that makes the graph, which is the largest of a run. */
function memory(parameters: BenchResult['parameters'], samples: ReadonlyMap<string, readonly Sample[]>): BenchResult[] {
  const bytes = new Map(
    [...samples].map(([name, list]) => [name, list.flatMap(({ peakRss }) => (peakRss === undefined ? [] : [peakRss]))]),
  );
  if ([...bytes.values()].some((list) => list.length === 0)) return [];
  return resultsOf({ benchmark: 'memory', parameters, unit: 'bytes' }, bytes);
}

/** How a warm plan without the daemon grows from 100 images to the most, its cost for 10 images taken off. */
function growth(results: readonly BenchResult[]): BenchResult[] {
  return Object.keys(OPERATIONS).flatMap((operation) => {
    const exponents = new Map<string, number[]>();
    for (const alternative of ['plugin', 'static']) {
      const points = results
        .filter((result) => result.benchmark === 'plan' && result.alternative === alternative)
        .filter(({ parameters }) => parameters['operation'] === operation && parameters['state'] === 'warm')
        .filter(({ parameters }) => parameters['daemon'] === false)
        .map(({ parameters, median }) => ({ n: Number(parameters['images']), cost: median }));
      const [smallest, ...larger] = points;
      const exponent = smallest === undefined ? undefined : growthExponent(larger, smallest.cost);
      if (exponent === undefined) return [];
      exponents.set(alternative, [exponent]);
    }
    const parameters = { operation, daemon: false, state: 'warm', from: 100, to: LARGEST };
    return resultsOf({ benchmark: 'growth', parameters, unit: 'exponent' }, exponents, [{ most: 1.1 }]);
  });
}

/** How to run `docker buildx`: as it is, or with the plugin out of the lab. */
async function bakeEnvironment(
  context: BenchContext,
): Promise<{ env: Readonly<Record<string, string>> | undefined; missing: string[] }> {
  const works = async (env: Readonly<Record<string, string>>): Promise<boolean> => {
    const command = { command: 'docker', args: ['buildx', 'version'], env };
    return (await exec(command, { reject: false, signal: context.signal }).catch(() => undefined))?.exitCode === 0;
  };
  if (await works({})) return { env: {}, missing: [] };
  try {
    const env = await labClient({ dir: context.lab, report: context.report });
    if (await works(env)) return { env, missing: [] };
  } catch (error) {
    context.signal.throwIfAborted();
    return {
      env: undefined,
      missing: [`docker buildx bake: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
  return { env: undefined, missing: ['docker buildx bake: docker or its buildx plugin is not installed'] };
}
