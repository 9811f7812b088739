import { describe, expect, it } from 'vitest';
import { type CellResult, disagreements, projectsOf } from './result.ts';

const result = (name: string, digests: Record<string, string>): CellResult => ({
  cell: { name },
  engine: 'Podman',
  seconds: {},
  digests,
  failure: undefined,
});

describe('disagreements', () => {
  it('finds nothing where each project has one digest, however many machines built it', () => {
    expect(disagreements([result('a', { x: '1', y: '2' }), result('b', { x: '1' }), result('c', {})])).toEqual([]);
  });

  it('names the cells of each digest, those of the most first', () => {
    const results = [result('a', { x: '1', y: '1' }), result('b', { x: '2', y: '1' }), result('c', { x: '2' })];
    expect(disagreements(results)).toEqual([
      {
        project: 'x',
        digests: [
          ['2', ['b', 'c']],
          ['1', ['a']],
        ],
      },
    ]);
  });
});

it('projectsOf lists what was built anywhere, once', () => {
  expect(projectsOf([result('a', { x: '1' }), result('b', { y: '1', x: '1' })])).toEqual(['x', 'y']);
});
