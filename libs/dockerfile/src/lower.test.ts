import { expect, it } from 'vitest';
import { lowered } from './lower.ts';

const TEXT = [
  'FROM dockyard/debian:13 AS base',
  'VOLUME ["/a", "/b c"]',
  'FROM dockyard/debian:13 AS other',
  'VOLUME /other',
  'FROM base',
  'ARG WHERE=/d',
  'RUN true',
  'VOLUME /c \\',
  '  # why',
  '  $WHERE',
  'volume /e',
  'RUN echo VOLUME /f \\',
  ' VOLUME /g',
].join('\n');

it('empties the lines of VOLUME, and no others', () => {
  expect(lowered(TEXT).split('\n')).toEqual([
    'FROM dockyard/debian:13 AS base',
    '',
    'FROM dockyard/debian:13 AS other',
    '',
    'FROM base',
    'ARG WHERE=/d',
    'RUN true',
    '',
    '',
    '',
    '',
    'RUN echo VOLUME /f \\',
    ' VOLUME /g',
  ]);
});

it('takes out the syntax directive and --link, and leaves everything where it was', () => {
  const text = [
    '# syntax=docker/dockerfile:1.7',
    '# check=skip=all',
    'FROM scratch',
    'COPY --link --chown=1:2 a /--link/',
    'add --chmod=644 --link=true a \\',
    '  /b',
    'COPY --li\\',
    'nk a /c',
    'RUN echo --link',
  ].join('\n');
  expect(lowered(text).split('\n')).toEqual([
    '',
    '# check=skip=all',
    'FROM scratch',
    'COPY        --chown=1:2 a /--link/',
    'add --chmod=644             a \\',
    '  /b',
    'COPY     \\',
    '   a /c',
    'RUN echo --link',
  ]);
});
