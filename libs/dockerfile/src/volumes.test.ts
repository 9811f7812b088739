import { expect, it } from 'vitest';
import { readDockerfile } from './read-dockerfile.ts';
import { volumesOf } from './volumes.ts';

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

it('finds the volumes of the last stage and of what it is FROM', () => {
  const read = readDockerfile(TEXT, 'Dockerfile', { namespace: 'dockyard', buildArgs: {} });
  expect(read.ok && volumesOf(read.value.stages)).toEqual(['/c', '/d', '/e', '/a', '/b c']);
});
