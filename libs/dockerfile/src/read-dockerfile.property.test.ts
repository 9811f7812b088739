import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { BUILD_ARGS, hostileText, mutatedDockerfile, validDockerfile } from '../testing/dockerfiles.ts';
import { checkDiagnostics, HANG, RUNS } from '@dockyard/diagnostic/testing';
import { readDockerfile } from './read-dockerfile.ts';

const FILE = 'images/x/Dockerfile';
const read = (text: string) => readDockerfile(text, FILE, { namespace: 'dockyard', buildArgs: BUILD_ARGS });

describe('a Dockerfile', () => {
  it(
    'of the dialect is read to what it was written from, however it is spelt',
    () => {
      fc.assert(
        fc.property(validDockerfile, ({ text, stages, references, contextPaths, args }) => {
          const result = read(text);
          if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
          expect(result.value.references.map(({ kind, value }) => [kind, value])).toEqual(references);
          expect(result.value.stages.map(({ name, base }) => ({ name, base: base.value }))).toEqual(stages);
          expect(result.value.contextPaths.map(({ path }) => path)).toEqual(contextPaths);
          expect(result.value.args).toEqual(args);
        }),
        RUNS,
      );
    },
    HANG,
  );

  it.each([
    ['that was damaged', mutatedDockerfile],
    ['that is none', hostileText],
  ])(
    '%s gives a value, or messages that point into it',
    (_, arbitrary) => {
      fc.assert(
        fc.property(arbitrary, (text) => checkDiagnostics(read(text), text, FILE)),
        RUNS,
      );
    },
    HANG,
  );
});
