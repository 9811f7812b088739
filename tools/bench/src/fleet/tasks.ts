import { archSuffix } from '@dockyard/definition';
import { type Durations, type TaskGraph, taskGraph } from '@dockyard/pipeline';
import { generator, logNormal } from '../random.ts';
import type { SyntheticFamily } from '../synthetic.ts';

type Row = readonly [id: string, project: string, target: string, dependencies: readonly string[]];

/** Seconds of a kind of task, log-normal. Compiles are the only ones that can take long. */
const SYNTHETIC: Readonly<Record<string, { readonly median: number; readonly sigma: number }>> = {
  compile: { median: 120, sigma: 1 },
  image: { median: 15, sigma: 0.5 },
  test: { median: 8, sigma: 0.5 },
  join: { median: 2, sigma: 0.2 },
};

/** Platforms differ by up to this factor, which is drawn for each task. */
const SLOWEST_PLATFORM = 1.5;

/**
 * The tasks that Nx makes of a family when all of it is affected: the same targets and dependencies that the plugin infers.
 *
 * @param family definitions
 */
export function tasksOf(family: SyntheticFamily): TaskGraph {
  return taskGraph(
    family.images.flatMap(({ project, platforms, dockerfiles, parent, toolchain }): Row[] => {
      const arches = platforms.map((platform) => archSuffix(platform));
      const imageOf = (arch: string, of?: { readonly project: string }): string[] =>
        of === undefined ? [] : [`${of.project}:image:${arch}`];
      const row = (target: string, dependencies: readonly string[]): Row => [
        `${project}:${target}`,
        project,
        target,
        dependencies,
      ];
      const compiles = dockerfiles.compile !== undefined;
      return [
        ...arches.flatMap((arch) => [
          ...(compiles ? [row(`compile:${arch}`, imageOf(arch, toolchain))] : []),
          row(`image:${arch}`, [...(compiles ? [`${project}:compile:${arch}`] : []), ...imageOf(arch, parent)]),
          row(`test:${arch}`, [`${project}:image:${arch}`]),
        ]),
        row(
          'image',
          arches.map((arch) => `${project}:image:${arch}`),
        ),
      ];
    }),
  );
}

/**
 * Makes up how long tasks take: of the measured durations of their kind where there are any, otherwise log-normal.
 *
 * @param graph tasks
 * @param seed whole number
 * @param measured recorded seconds by task id
 * @returns seconds by task id, the same for the same input
 */
export function drawDurations(graph: TaskGraph, seed: number, measured: Durations = {}): Durations {
  const random = generator(seed);
  const byKind = Map.groupBy(Object.entries(measured), ([id]) => kindOf(id.slice(id.indexOf(':') + 1)));
  return Object.fromEntries(
    [...graph.tasks.values()].map(({ id, target }) => {
      const kind = kindOf(target);
      const known = byKind.get(kind)?.map(([, seconds]) => seconds) ?? [];
      const { median, sigma } = SYNTHETIC[kind] ?? { median: 1, sigma: 0 };
      const drawn = known[Math.floor(random() * known.length)] ?? logNormal(random, median, sigma);
      return [id, drawn * (1 + random() * (SLOWEST_PLATFORM - 1))];
    }),
  );
}

function kindOf(target: string): string {
  return target === 'image' ? 'join' : target.replace(/:.*$/, '');
}
