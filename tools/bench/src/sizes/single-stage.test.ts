import { readDockerfile } from '@dockyard/dockerfile';
import { UserError } from '@dockyard/exec';
import { expect, it } from 'vitest';
import { singleStage, type Source } from './single-stage.ts';

const source = (file: string, text: string): Source => {
  const read = readDockerfile(text, file, { namespace: 'dockyard', buildArgs: {} });
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  return { text, parsed: read.value };
};
const COMPILE = `FROM dockyard/toolchain:13 AS build
# How it compiles.
RUN set -eu; \\
    # A comment inside.
    make; \\
    make install DESTDIR=/out/image

FROM scratch
COPY --from=build /out/ /
`;

it('is built on the stage that compiles, and installs in its step', () => {
  const image = source(
    'Dockerfile',
    'FROM dockyard/debian:13\nRUN useradd a\nCOPY --from=artifacts /image/ /\nUSER a\n',
  );
  expect(singleStage(source('compile.Dockerfile', COMPILE), image)).toBe(`FROM dockyard/toolchain:13 AS build
RUN set -eu; \\
    make; \\
    make install DESTDIR=/out/image && tar -C /out/image/ -cf - . | tar -C / -xf - --keep-directory-symlink && rm -r /out
FROM build
RUN useradd a
USER a
`);
});

it("leaves out upstream's tests", () => {
  const tested = COMPILE.replace('FROM scratch', 'FROM build AS check\nRUN make test\n\nFROM scratch');
  const image = source('Dockerfile', 'FROM dockyard/debian:13\nCOPY --from=artifacts /image/ /\n');
  expect(singleStage(source('compile.Dockerfile', tested), image)).toBe(
    singleStage(source('compile.Dockerfile', COMPILE), image),
  );
});

it('keeps the stages of variants', () => {
  const text =
    'ARG VARIANT=cli\nFROM dockyard/debian:13 AS base\nCOPY --from=artifacts /image/ /\nFROM base AS cli\nFROM cli\n';
  const lines = singleStage(source('compile.Dockerfile', COMPILE), source('Dockerfile', text)).split('\n');
  expect(lines[0]).toBe('ARG VARIANT=cli');
  expect(lines).toContain('FROM build AS base');
  expect(readDockerfile(lines.join('\n'), 'Dockerfile', { namespace: 'dockyard', buildArgs: {} }).ok).toBe(true);
});

it.each([
  ['Dockerfile:2', COMPILE, 'FROM dockyard/debian:13\nRUN --mount=type=bind,from=artifacts,target=/a cp /a/b /b\n'],
  ['Dockerfile:2', COMPILE, 'FROM dockyard/debian:13\nCOPY --from=artifacts --chown=1:1 /image/ /\n'],
  ['Dockerfile:1', COMPILE, 'FROM scratch\nCOPY --from=artifacts /image/ /\n'],
  ['compile.Dockerfile:8', COMPILE.replace('/out/ /', '/out/ /b/'), 'FROM dockyard/debian:13\n'],
])('refuses what it would make something else of: %s', (place, compile, image) => {
  const make = (): string => singleStage(source('compile.Dockerfile', compile), source('Dockerfile', image));
  expect(make).toThrow(UserError);
  expect(make).toThrow(place);
});
