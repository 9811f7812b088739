import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { exec } from '@dockyard/exec';
import type { Benchmark } from '../benchmark.ts';
import { resultsOf } from '../result.ts';
import { makeSyntheticWorkspace } from '../workspace.ts';

/** About what the packages of a small base image take, compressed. */
const BASE_BYTES = 8_000_000;

/** What many images on one base take in Nx's cache, against their unique blobs, below which no store can go. */
export const cache: Benchmark = {
  name: 'cache',
  description: 'bytes in the Nx cache for 100 images on one base against the sum of their unique blobs',
  run: async (context) => {
    const children = context.quick ? 2 : 100;
    const workspace = await makeSyntheticWorkspace(context.checkout, context.scratch, {
      images: children + 1,
      depth: 2,
      fanOut: children,
      lines: 1,
      compiled: 0,
      seed: 1,
    });
    // Random, so that no compression makes the base small.
    writeFileSync(join(workspace.root, workspace.family.images[0]?.root ?? '', 'rootfs/base'), randomBytes(BASE_BYTES));
    context.report(`cache: building ${String(children)} images on one base`);
    await exec(workspace.nx(['run-many', '--targets=image', '--output-style=static'], { daemon: false }), {
      signal: context.signal,
    });
    const kept = filesBelow(join(workspace.root, '.nx', 'cache')).reduce((sum, { size }) => sum + size, 0);
    const blobs = new Map(
      filesBelow(join(workspace.root, 'dist', 'images'))
        .filter(({ path }) => basename(dirname(path)) === 'sha256')
        .map(({ path, size }) => [basename(path), size]),
    );
    const unique = [...blobs.values()].reduce((sum, size) => sum + size, 0);
    await workspace.remove();
    const samples = new Map([
      ['cache', [kept]],
      ['unique blobs', [unique]],
    ]);
    const parameters = { images: children, baseBytes: BASE_BYTES };
    return {
      results: resultsOf({ benchmark: 'cache', parameters, unit: 'bytes' }, samples, [
        { to: 'unique blobs', most: 1.1 },
      ]),
    };
  },
};

function filesBelow(folder: string): { path: string; size: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, size: lstatSync(path).size }));
}
