import { expect, it } from 'vitest';
import { historyOf } from './history.ts';
import { readDockerfile } from './read-dockerfile.ts';

function history(text: string): string[] {
  const read = readDockerfile(text, 'Dockerfile', { namespace: 'dockyard', buildArgs: {} });
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  return historyOf(text, read.value.stages).map(
    ({ instruction, changesFiles }) => `${changesFiles ? '+' : ' '} ${instruction}`,
  );
}

it('is that of the last stage and of what it is FROM', () => {
  expect(
    history(
      [
        '# comment',
        'FROM dockyard/debian:13 AS base',
        'RUN set -eu; \\',
        '    # why',
        '    true',
        'FROM base AS other',
        'COPY a /a',
        'FROM base',
        'WORKDIR /data',
        'CMD ["a",   "b"]',
        '',
      ].join('\n'),
    ),
  ).toEqual(['+ RUN set -eu; true', '+ WORKDIR /data', '  CMD ["a", "b"]']);
});

it('knows the escape character', () => {
  expect(history('# escape=`\nFROM scratch\nCOPY a `\n b /\n')).toEqual(['+ COPY a b /']);
});

it('is empty where there is nothing but a FROM', () => {
  expect(history('FROM scratch AS a\nCOPY a /\nFROM dockyard/debian:13\n')).toEqual([]);
});

it('knows where a RUN mounts', () => {
  const text =
    'FROM scratch\nRUN --mount=type=cache,target=/a/b --mount=dst=/c,from=sources --mount=type=secret,id=x true\n';
  expect(historyOf(text, [{ index: 0, line: 1, base: {} } as never])).toMatchObject([{ mounts: ['/a/b', '/c'] }]);
});
