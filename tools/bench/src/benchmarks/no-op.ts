import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import type { Benchmark } from '../benchmark.ts';
import { type Alternative, interleave } from '../measure.ts';
import type { BenchResult } from '../report.ts';
import { resultsOf } from '../result.ts';
import { DEFAULT_SHAPE } from '../synthetic.ts';
import { makeSyntheticWorkspace } from '../workspace.ts';

/** What a build takes when there is nothing to build: one image, and all of them with their outputs in place and without. */
export const noOp: Benchmark = {
  name: 'no-op',
  description: 'nx image of one project and of 1,000, with everything in the cache',
  run: async (context) => {
    const images = context.quick ? 10 : 1000;
    const { signal } = context;
    context.report(`no-op: filling the cache of ${String(images)} images`);
    const workspace = await makeSyntheticWorkspace(context.checkout, context.scratch, { images, ...DEFAULT_SHAPE });
    // The first image has no parent; it is built with whatever engine is here.
    const first = workspace.family.images[0]?.project ?? '';
    const last = workspace.family.images.at(-1)?.project ?? '';
    const single = workspace.nx(['image', first], { daemon: true });
    await exec(single, { signal });
    const fill = join(workspace.root, 'tools/bench/src/fill-cache.ts');
    await exec({ ...workspace.nx([fill, first], { daemon: true }), command: process.execPath }, { signal });

    const results: BenchResult[] = [];
    const measure = async (
      parameters: BenchResult['parameters'],
      args: readonly string[],
      goal: number,
      prepare?: () => Promise<void>,
    ): Promise<void> => {
      context.report(`no-op: ${Object.values(parameters).join(', ')}`);
      const command = { ...workspace.nx(args, { daemon: true }), cwd: workspace.root };
      const alternative: Alternative = { name: 'plugin', command, ...(prepare !== undefined && { prepare }) };
      const samples = (await interleave([alternative], { samples: context.quick ? 1 : 3, warm: true, signal })).get(
        'plugin',
      );
      for (const { result } of samples ?? []) requireCached(result.stdout);
      const seconds = new Map([['plugin', (samples ?? []).map((sample) => sample.seconds)]]);
      results.push(...resultsOf({ benchmark: 'no-op', parameters, unit: 'seconds' }, seconds, [{ most: goal }]));
    };
    const all = ['run-many', '--targets=image', '--output-style=static'];
    await measure({ run: 'one image', images, outputs: 'in place' }, ['image', last], 1.5);
    await measure({ run: 'all images', images, outputs: 'in place' }, all, 15);
    await measure({ run: 'all images', images, outputs: 'restored' }, all, 15, () =>
      rm(join(workspace.root, 'dist'), { recursive: true, force: true }),
    );
    await workspace.remove();
    return { results };
  },
};

/** @throws {Error} where Nx executed any task */
function requireCached(output: string): void {
  const [, cached, tasks] = /(\d+) out of (\d+) tasks/.exec(output) ?? [];
  if (cached === undefined || cached !== tasks)
    throw new Error(`This run was to find everything in the cache:\n${output.slice(-2000)}`);
}
