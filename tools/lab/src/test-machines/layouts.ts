import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { diffImages, renderDifferences } from '@dockyard/oci';
import type { Disagreement } from './result.ts';

/** Layouts that came out of machines, one for each digest. */
export interface KeptLayouts {
  /** Keeps a copy, unless there is one of that digest. */
  keep(project: string, digest: string, layout: string): Promise<void>;
  /**
   * Compares what most machines made with what each of the others did.
   *
   * @returns lines for a person, by the other digest
   */
  compare(disagreement: Disagreement): Promise<Map<string, string[]>>;
}

/**
 * Opens a folder of layouts.
 *
 * @param folder is made when something is kept
 */
export function keptLayouts(folder: string): KeptLayouts {
  const place = (project: string, digest: string): string => join(folder, `${project}@${digest.replace(':', '-')}`);
  return {
    keep: async (project, digest, layout) => {
      await mkdir(folder, { recursive: true });
      // Where there is a copy already, it is written over with the same.
      await exec({ command: 'cp', args: ['-R', '--no-target-directory', layout, place(project, digest)] });
    },
    compare: async ({ project, digests: [most, ...others] }) => {
      const differences = new Map<string, string[]>();
      if (most === undefined) return differences;
      // Thin layouts leave out what a parent has, whichever of them that was.
      const parents = (await readdir(folder)).map((name) => join(folder, name));
      for (const [digest] of others) {
        const [first, second] = [most[0], digest].map((each) => ({ layout: place(project, each), parents }));
        if (first === undefined || second === undefined) continue;
        const found = renderDifferences(await diffImages(first, second));
        differences.set(digest, found.length === 0 ? ['the same values, in JSON of another form'] : found);
      }
      return differences;
    },
  };
}
