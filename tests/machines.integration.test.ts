import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { archSuffix } from '@dockyard/definition';
import { labAvailability, labFolder, pickCells, runMatrix, SMALL_IMAGES, writeSmallImages } from '@dockyard/lab';
import { thisMachine } from '@dockyard/runner';
import { CHECKOUT, copyWorkspace, testEngines } from './e2e/workspace-copy.ts';

const { platform } = thisMachine();
const arch = archSuffix(platform);
/** A machine with npm 9, where an administrator has to be asked for Podman: the quick form of `npm run test:machines`. */
const OTHER = 'debian-13/user';
const available = (await labAvailability()).available;

describe('images that hold what engines do differently', () => {
  const built = new Map<string, Readonly<Record<string, string>>>();
  const printed: string[] = [];

  afterAll(() => {
    if (printed.length > 0) console.log(printed.join('\n'));
  });

  it.each(testEngines())('are built on this machine by %s', async (engine) => {
    const copy = await copyWorkspace(engine, {});
    try {
      await writeSmallImages(join(copy.root, 'images'), { platform });
      await copy.commit();
      const targets = `image:${arch},test:${arch}`;
      const result = await copy.nx(['run-many', '--targets', targets, '--projects', SMALL_IMAGES.join()]);
      expect(result.exitCode, result.stdout).toBe(0);
      const digests = SMALL_IMAGES.map(async (project) => {
        const text = await readFile(join(copy.root, 'dist/images', project, arch, 'image.json'), 'utf8');
        return [project, (JSON.parse(text) as { digest: string }).digest] as const;
      });
      built.set(engine, Object.fromEntries(await Promise.all(digests)));
    } finally {
      await copy.remove();
    }
  });

  it.runIf(available)(
    'are built on a stock Debian 13 by who may install nothing',
    { timeout: 20 * 60_000 },
    async () => {
      const { results } = await runMatrix({
        cells: pickCells([OTHER]),
        dir: join(labFolder(), 'test-machines'),
        checkout: CHECKOUT,
        images: [],
        report: (line) => printed.push(line),
      });
      for (const { cell, digests, failure } of results) {
        expect(failure, printed.join('\n')).toBeUndefined();
        built.set(cell.name, digests);
      }
    },
  );

  it('have one digest, whichever of them built them', () => {
    expect([...built.keys()]).toEqual([...testEngines(), ...(available ? [OTHER] : [])]);
    const [first] = built.values();
    for (const digests of built.values()) expect(digests).toEqual(first);
    expect(Object.keys(first ?? {}).sort()).toEqual([...SMALL_IMAGES].sort());
  });
});
