import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ImageRecord } from '@dockyard/oci';
import { afterEach, describe, expect, it } from 'vitest';
import { readExplanation } from '../explanation.ts';
import { causesOf } from './causes.ts';
import { renderSummary } from './render.ts';
import { builtSizes } from './sizes.ts';

const bytes = (value: number): string => `${String(value)} B`;
const explained = readExplanation(readFileSync(new URL('../testing/affected-explain.json', import.meta.url), 'utf8'));

describe('the causes of a change', () => {
  it('are the files that changed, and the images below', () => {
    expect(causesOf(explained)).toEqual([
      {
        project: 'redis',
        changes: ['`images/redis/compile.Dockerfile`', '`images/redis/rootfs/x`'],
        parents: [],
        platforms: ['linux/amd64', 'linux/arm64'],
      },
    ]);
  });

  it('name parents, and whatever else Nx knows', () => {
    const [cause] = causesOf({
      affected: {
        'a:image:armv7': [
          { kind: 'dependent-output', producer: 'b:image:armv7' },
          { kind: 'npm-package', package: 'execa' },
          { kind: 'moved-ecosystem', ecosystem: 'npm', file: 'package-lock.json' },
          { kind: 'deleted-project-configuration', file: 'images/c/image.yaml' },
          { kind: 'new-in-nx-25' },
        ],
      },
      upstream: {},
    });
    expect(cause).toEqual({
      project: 'a',
      changes: ['`images/c/image.yaml` was deleted', 'all packages of npm', 'new-in-nx-25', 'package `execa`'],
      parents: ['b'],
      platforms: ['linux/arm/v7'],
    });
  });
});

describe('a summary', () => {
  const cause = { project: 'a', changes: ['`x`'], parents: [], platforms: ['linux/amd64'] };
  const line = (text: string): string | undefined => text.split('\n').find((one) => one.startsWith('| **a**'));

  it.each([
    [{}, undefined, '| **a** | `x` | not built |'],
    [{ a: { 'linux/amd64': 110 } }, undefined, '| **a** | `x` | 110 B |'],
    [{ a: { 'linux/amd64': 110 } }, {}, '| **a** | `x` | 110 B (new) |'],
    [{ a: { 'linux/amd64': 110 } }, { a: { 'linux/amd64': 100 } }, '| **a** | `x` | 110 B (+10 B, +10.0 %) |'],
    [{ a: { 'linux/amd64': 90 } }, { a: { 'linux/amd64': 100 } }, '| **a** | `x` | 90 B (−10 B, −10.0 %) |'],
    [{ a: { 'linux/amd64': 100 } }, { a: { 'linux/amd64': 100 } }, '| **a** | `x` | 100 B (same size) |'],
    [{ a: { 'linux/amd64': 100 } }, { a: { 'linux/amd64': 0 } }, '| **a** | `x` | 100 B (+100 B) |'],
  ])('of the sizes %j against %j', (built, published, expected) => {
    const text = renderSummary({ causes: [cause], built, ...(published !== undefined && { published }) }, bytes);
    expect(line(text)).toBe(expected);
  });

  it('leaves the cell of a platform empty that an image has not, and counts many changes', () => {
    const other = { ...cause, project: 'b', platforms: ['linux/arm64'] };
    const many = { ...cause, changes: ['`1`', '`2`', '`3`', '`4`', '`5`'], parents: ['b'] };
    const text = renderSummary({ causes: [many, other], built: {} }, bytes);
    expect(text).toContain('affects 2 images');
    expect(line(text)).toBe('| **a** | `1`, `2`, `3`, 2 more, its base or toolchain **b** | not built |  |');
  });

  it('says why nothing is known of what is published', () => {
    const text = renderSummary(
      { causes: [cause], built: { a: { 'linux/amd64': 1 } }, unknown: 'no answer\n  x' },
      bytes,
    );
    expect(line(text)).toBe('| **a** | `x` | 1 B |');
    expect(text).toMatch(/^What is published is unknown: no answer$/m);
  });

  it('says so where nothing is affected', () => {
    expect(renderSummary({ causes: [], built: {} }, bytes)).toContain('affects no image');
  });
});

describe('sizes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockyard-summary-'));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are those of the images that were built', async () => {
    const record = join(folder, 'dist/images/a/armv7/image.json');
    mkdirSync(dirname(record), { recursive: true });
    const digest = `sha256:${'d'.repeat(64)}` as const;
    const written: ImageRecord = {
      ...{ schemaVersion: 1, project: 'a', kind: 'image', platform: 'linux/arm/v7', digest, config: digest, size: 42 },
      ...{ layers: [], parents: [], epoch: 0, revision: '', created: '1970-01-01T00:00:00Z' },
    };
    writeFileSync(record, JSON.stringify(written));
    expect(await builtSizes(folder, [{ project: 'a', platforms: ['linux/arm/v7', 'linux/amd64'] }])).toEqual({
      a: { 'linux/arm/v7': 42 },
    });
  });
});
