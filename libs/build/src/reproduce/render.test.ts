import { expect, it } from 'vitest';
import { renderComparisons } from './render.ts';
import type { Comparison } from './reproduce.ts';

const image: Comparison = {
  what: 'image',
  platform: 'linux/amd64',
  first: 'sha256:1',
  second: 'sha256:1',
  differences: [],
};
const index: Comparison = { what: 'index', first: 'sha256:2', second: 'sha256:2', differences: [] };

it('says that all is the same', () => {
  expect(renderComparisons('boat', [image, index])).toEqual([
    '       platform     first     second',
    'image  linux/amd64  sha256:1  sha256:1  same',
    'index               sha256:2  sha256:2  same',
    '',
    'boat is reproducible: built twice, the same bytes.',
  ]);
});

it('says what differs, where, and where to look further', () => {
  const differs: Comparison = {
    ...image,
    second: 'sha256:3',
    differences: [{ kind: 'field', document: 'configuration', field: 'created', first: '"a"', second: '"b"' }],
  };
  expect(renderComparisons('boat', [differs, { ...index, second: 'sha256:4' }])).toEqual([
    '       platform     first     second',
    'image  linux/amd64  sha256:1  sha256:3  differs',
    'index               sha256:2  sha256:4  differs',
    '',
    'image for linux/amd64:',
    '  configuration created: "a" in the first, "b" in the second',
    '',
    'index:',
    '  the same values, in JSON of another form',
    '',
    'boat is not reproducible. The second build is in .dockyard/reproduce/boat.',
  ]);
});
