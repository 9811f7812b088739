import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readProject } from '@dockyard/project';
import { resolveWorkspace } from '@dockyard/definition';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bakeFile } from './bake.ts';
import { DEFAULT_SHAPE, synthesize, type SyntheticImage } from './synthetic.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dockyard-synthetic-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function chain(image: SyntheticImage): number {
  return image.parent === undefined ? 1 : 1 + chain(image.parent);
}

describe('synthetic images', () => {
  it('are the same for the same parameters, and others for another seed', () => {
    const [one, other] = [
      synthesize({ images: 50, ...DEFAULT_SHAPE }),
      synthesize({ images: 50, ...DEFAULT_SHAPE, seed: 2 }),
    ];
    expect(synthesize({ images: 50, ...DEFAULT_SHAPE })).toEqual(one);
    expect(other.files).not.toEqual(one.files);
  });

  it.each([
    { images: 1, depth: 1, fanOut: 1, lines: 1, compiled: 0 },
    { images: 101, depth: 2, fanOut: 100, lines: 1, compiled: 0 },
    { images: 100, depth: 4, fanOut: 3, lines: 3, compiled: 1 },
  ])('have the shape that was asked for: %o', (shape) => {
    const { images } = synthesize({ ...shape, seed: 1 });
    expect(images).toHaveLength(shape.images);
    expect(new Set(images.map(({ project }) => project)).size).toBe(shape.images);
    expect(Math.max(...images.map(chain))).toBe(shape.depth);
    const children = Map.groupBy(
      images.filter(({ parent }) => parent !== undefined),
      ({ parent }) => parent?.project,
    );
    for (const list of children.values()) expect(list.length).toBeLessThanOrEqual(shape.fanOut * shape.lines);
    const compiled = images.filter(({ dockerfiles }) => dockerfiles.compile !== undefined);
    expect(compiled).toHaveLength(shape.compiled * shape.images);
  });

  it('are definitions that the readers take, with the parents that the family names', () => {
    const { images, files } = synthesize({ images: 40, ...DEFAULT_SHAPE });
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const projects = images.map(({ root }) => {
      const result = readProject(folder, `${root}/image.yaml`);
      if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
      return result.value;
    });
    const resolved = resolveWorkspace(projects);
    expect(resolved.diagnostics).toEqual([]);
    for (const { project, parent, toolchain } of images) {
      const names = (use: 'compile' | 'image'): string[] => [
        ...new Set(resolved.parents(project, use).map((found) => found.project)),
      ];
      expect(names('image')).toEqual(parent === undefined ? [] : [parent.project]);
      expect(names('compile')).toEqual(toolchain === undefined ? [] : [toolchain.project]);
    }
    expect(images.some(({ toolchain }) => toolchain !== undefined)).toBe(true);
  });

  it('are as many targets of bake, each after its parents', () => {
    const { images } = synthesize({ images: 40, ...DEFAULT_SHAPE });
    const { group, target } = JSON.parse(bakeFile(images)) as {
      group: { default: { targets: string[] } };
      target: Record<string, { contexts: Record<string, string> }>;
    };
    expect(group.default.targets).toHaveLength(40);
    const named = Object.values(target).flatMap(({ contexts }) => Object.values(contexts));
    expect(named.filter((name) => !(name.replace('target:', '') in target))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});
