import { expect, it } from 'vitest';
import { baseOf } from './base.ts';
import { readDockerfile } from './read-dockerfile.ts';

it.each([
  ['FROM dockyard/debian:13', 'dockyard/debian:13'],
  ['FROM dockyard/debian:13 AS a\nFROM scratch\nFROM a AS b\nFROM b', 'dockyard/debian:13'],
  ['FROM dockyard/debian:13 AS a\nFROM scratch\nCOPY --from=a / /', 'scratch'],
])('%j is built on %s', (text, base) => {
  const read = readDockerfile(text, 'Dockerfile', { namespace: 'dockyard', buildArgs: {} });
  expect(read.ok && baseOf(read.value.stages)?.value).toBe(base);
});
