import { readDockerfile } from '@dockyard/dockerfile';
import { expect, it } from 'vitest';
import { fillInReferences } from './fill-in-references.ts';

function fill(text: string): string {
  const read = readDockerfile(text, 'Dockerfile', { namespace: 'dockyard', buildArgs: { VERSION: '8.0' } });
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  return fillInReferences(text, read.value.references);
}

it('names the workspace image that variables stand for', () => {
  expect(
    fill(
      '\uFEFFARG VERSION\r\nARG BASE=debian\r\nFROM dockyard/${BASE}:13 AS a\r\nFROM "dockyard/app:$VERSION"\r\nCOPY --from=a / /\r\n',
    ),
  ).toBe(
    'ARG VERSION\r\nARG BASE=debian\r\nFROM dockyard/debian:13 AS a\r\nFROM dockyard/app:8.0\r\nCOPY --from=a / /\r\n',
  );
});

it('names the stage that a variable stands for', () => {
  expect(fill('ARG VARIANT=a\nFROM scratch AS a\nFROM scratch AS b\nFROM ${VARIANT}\n')).toBe(
    'ARG VARIANT=a\nFROM scratch AS a\nFROM scratch AS b\nFROM a\n',
  );
});

it('leaves a Dockerfile without such as it is', () => {
  const text = '\uFEFFARG A=1\nFROM dockyard/debian:13\nARG A\nCOPY x$A /\n';
  expect(fill(text)).toBe(text);
});

it('says so where the file was edited meanwhile', () => {
  const read = readDockerfile('ARG A=1\nFROM dockyard/a:$A\n', 'Dockerfile', { namespace: 'dockyard', buildArgs: {} });
  if (!read.ok) throw new Error('it is right');
  expect(() => fillInReferences('ARG A=1\n\nFROM dockyard/a:$A\n', read.value.references)).toThrow(
    'A Dockerfile was changed while it was built: its line 2 holds no dockyard/a:$A any more.',
  );
});
