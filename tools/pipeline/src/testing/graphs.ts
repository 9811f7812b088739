import fc from 'fast-check';
import { type TaskGraph, taskGraph } from '../task-graph.ts';

/** A made-up image: what it builds on by index, each lower than its own. */
interface MadeUp {
  readonly parents: readonly number[];
  /** Undefined: nothing to compile. */
  readonly toolchains: readonly number[] | undefined;
  readonly tested: boolean;
}

/** Task graphs as the plugin infers them: some images on others, each with one chain a platform and a join. */
export function graphs(most: number): fc.Arbitrary<TaskGraph> {
  return fc
    .tuple(
      fc.integer({ min: 1, max: most }),
      fc.subarray(['amd64', 'arm64', 'armv7'], { minLength: 1 }),
      fc.boolean(),
      fc.infiniteStream(
        fc.record({
          parents: fc.array(fc.nat(), { maxLength: 4 }),
          toolchains: fc.option(fc.array(fc.nat(), { maxLength: 3 }), { nil: undefined }),
          tested: fc.boolean(),
        }),
      ),
    )
    .map(([count, arches, joined, stream]) => {
      const images: MadeUp[] = [];
      for (const { parents, toolchains, tested } of stream) {
        if (images.length === count) break;
        const lower = (list: readonly number[]): number[] =>
          images.length === 0 ? [] : [...new Set(list.map((at) => at % images.length))];
        images.push({
          parents: lower(parents),
          toolchains: toolchains === undefined ? undefined : lower(toolchains),
          tested,
        });
      }
      return graphOf(images, arches, joined);
    });
}

function graphOf(images: readonly MadeUp[], arches: readonly string[], joined: boolean): TaskGraph {
  return taskGraph(
    images.flatMap(({ parents, toolchains, tested }, at) => {
      const project = `p${String(at)}`;
      const row = (target: string, dependencies: readonly string[]) =>
        [`${project}:${target}`, project, target, dependencies] as const;
      const imagesOf = (list: readonly number[], arch: string): string[] =>
        list.map((other) => `p${String(other)}:image:${arch}`);
      return [
        ...arches.flatMap((arch) => [
          ...(toolchains === undefined ? [] : [row(`compile:${arch}`, imagesOf(toolchains, arch))]),
          row(`image:${arch}`, [
            ...(toolchains === undefined ? [] : [`${project}:compile:${arch}`]),
            ...imagesOf(parents, arch),
          ]),
          ...(tested ? [row(`test:${arch}`, [`${project}:image:${arch}`])] : []),
        ]),
        ...(joined
          ? [
              row(
                'image',
                arches.map((arch) => `${project}:image:${arch}`),
              ),
            ]
          : []),
      ];
    }),
  );
}
