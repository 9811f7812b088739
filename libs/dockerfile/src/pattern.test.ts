import { expect, it } from 'vitest';
import { readDockerignore } from './dockerignore.ts';
import { patternProblem } from './pattern.ts';
import { readDockerfile } from './read-dockerfile.ts';

const mistakes = (text: string): string[] => {
  const result = readDockerfile(`FROM scratch\n${text}\n`, 'Dockerfile', { namespace: 'dockyard', buildArgs: {} });
  return result.ok ? [] : result.diagnostics.map(({ line, message }) => `${String(line)} ${message}`);
};

it.each(['a', '*.conf', 'a?c/*', '[a-c].conf', '[^a].conf', '[a-c]x[d]', '{a,b}', '!a', 'a]'])(
  '%s is clear',
  (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  },
);

it.each<[string, RegExp]>([
  ['[!a].conf', /^\[!a\] is a class with the character !/],
  ['[]a].conf', /^\[\] is no class/],
  ['[a.conf', /^\[a\.conf is no class/],
  ['[].conf', /^\[\] is no class/],
  ['st[*]r', /^\[\*\] is no class/],
  ['**/a', /^\*\* stands for any folders/],
  ['a\\*', /backslash/],
])('%s is not', (pattern, message) => {
  expect(patternProblem(pattern)?.message).toMatch(message);
});

it('is refused in COPY, ADD and .dockerignore, with its line', () => {
  expect(mistakes('COPY a [!b] /')).toEqual([expect.stringMatching(/^2 "\[!b\]" is outside the dialect/)]);
  expect(mistakes('ADD **/x /')).toEqual([expect.stringMatching(/^2 "\*\*\/x" is outside the dialect/)]);
  expect(mistakes('RUN --mount=type=bind,source=a*,target=/x true')).toEqual([
    '2 found the source "a*"; allowed: a path, since mounts know no wildcards',
  ]);
  expect(readDockerignore('**/x\n [!a]\n', 'images/a/.dockerignore')).toMatchObject({
    ok: false,
    diagnostics: [{ line: 2, column: 2, fix: 'write [^a]' }],
  });
});

it('and so is an ARG without a value below its default', () => {
  const again = /^3 ARG A without a value, below the one with a default on line 2, is outside the dialect/;
  expect(mistakes('ARG A=1\nARG A')).toEqual([expect.stringMatching(again)]);
  for (const clear of ['ARG A=1\nARG A=2', 'ARG A\nARG A', 'ARG A=1\nFROM scratch\nARG A'])
    expect(mistakes(clear)).toEqual([]);
});
