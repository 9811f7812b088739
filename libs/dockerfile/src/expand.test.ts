import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandWord, type Variable } from './expand.ts';
import { parseImageName } from './image-name.ts';

const VARIABLES = new Map<string, Variable>([
  ['A', { text: 'a', automatic: [], unset: [] }],
  ['EMPTY', { text: '', automatic: [], unset: [] }],
  ['ARCH', { text: '*', automatic: ['ARCH'], unset: [] }],
  ['HALF', { text: 'x-', automatic: [], unset: ['GONE'] }],
]);

const expand = (word: string, escape = '\\') => expandWord(word, (name) => VARIABLES.get(name), escape);

describe('a word', () => {
  it.each([
    ['plain', 'plain'],
    ['$A-${A}', 'a-a'],
    ['${A:-b}', 'a'],
    ['${NONE:-b}', 'b'],
    ['${EMPTY:-b}', 'b'],
    ['${NONE:-${NONE2:-"c d"}}', 'c d'],
    ['${NONE:-}', ''],
    ['${A:+b$A}', 'ba'],
    ['${NONE:+b}', ''],
    ['${EMPTY:+$NONE}', ''],
    ['"$A b"', 'a b'],
    ["'$A'", '$A'],
    ['"it\'s"', "it's"],
    ['\\$A', '$A'],
    ['"\\$A \\" \\x"', '$A " \\x'],
    ['\\', ''],
    ['$', '$'],
    ['$.', '$.'],
    ['a$', 'a$'],
    ['$A.b', 'a.b'],
  ])('%s becomes %j', (word, text) => {
    expect(expand(word)).toMatchObject({ text, unset: [], automatic: [] });
    expect(expand(word).error).toBeUndefined();
  });

  it('takes the escape character of the file', () => {
    expect(expand('`$A\\$A', '`').text).toBe('$A\\a');
  });

  it('tells what it depends on, and only on what it used', () => {
    expect(expand('$NONE ${NO:-x}')).toMatchObject({ unset: ['NONE'] });
    expect(expand('x-$ARCH')).toMatchObject({ text: 'x-*', automatic: ['ARCH'] });
    expect(expand('${ARCH:+x}')).toMatchObject({ text: 'x', automatic: ['ARCH'] });
    expect(expand('${A:-$ARCH$NONE}')).toMatchObject({ text: 'a', automatic: [], unset: [] });
    expect(expand('${NONE:+$ARCH$NO}')).toMatchObject({ text: '', automatic: [], unset: [] });
    expect(expand('$HALF').unset).toEqual(['GONE']);
  });

  it.each([
    ['${A', 'outside the dialect'],
    ['${A:-b', 'the closing brace } is missing'],
    ['"a', 'the closing quote " is missing'],
    ["'a", "the closing quote ' is missing"],
    ['${', 'the name of a variable is missing'],
    ['${A-b}', '${A-…} is outside the dialect'],
    ['${A:?b}', '${A:?…} is outside the dialect that both engines take; allowed: ${A}, ${A:-word}, ${A:+word}'],
    ['${A#b}', 'outside the dialect'],
    ['${A:-'.repeat(50_000), 'nested more than 20 deep'],
  ])('%.20s cannot be read', (word, error) => {
    expect(expand(word).error).toContain(error);
  });

  it('never throws', () => {
    const piece = fc.oneof(fc.constantFrom('$', '{', '}', ':-', ':+', '"', "'", '\\', 'A', '${A:-'), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(typeof expand(pieces.join('')).text).toBe('string');
      }),
    );
  });
});

describe('an image name', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['debian', { name: 'debian' }],
    ['debian:13', { name: 'debian', tag: '13' }],
    [`debian:13@${digest}`, { name: 'debian', tag: '13', digest }],
    [`Host.example:5000/a/b_c@${digest}`, { name: 'Host.example:5000/a/b_c', digest }],
    ['localhost/a', { name: 'localhost/a' }],
    ['localhost:5000/a', { name: 'localhost:5000/a' }],
  ])('%s is taken apart', (text, parts) => {
    expect(parseImageName(text)).toEqual(parts);
  });

  it.each([
    '',
    ':',
    '@',
    'Debian',
    'a/B',
    'a:',
    'a@',
    'a@sha256:abc',
    'a b',
    'a//b',
    'a:x:y',
    '[::1]:5/a',
    'a/-b',
    '-h.x/a:b@',
  ])('%j is none', (text) => {
    expect(parseImageName(text)).toBeUndefined();
  });
});
