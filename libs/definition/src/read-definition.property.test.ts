import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { readDefinition } from './read-definition.ts';
import { hostileYaml, mutatedDefinition, validDefinition } from '../testing/definitions.ts';
import { checkDiagnostics, HANG, RUNS } from '@dockyard/diagnostic/testing';

const FILE = 'images/x/image.yaml';

describe('an image.yaml', () => {
  it(
    'that is right is read to what it was written from, however it is spelt',
    () => {
      fc.assert(
        fc.property(validDefinition, ({ text, definition }) => {
          const result = readDefinition(text, FILE);
          if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
          const { positions, ...read } = result.value;
          expect(read).toEqual({ file: FILE, ...definition });
          expect(Object.keys(positions ?? {})).toEqual(expect.arrayContaining(['image', 'version', 'tags[0]']));
        }),
        RUNS,
      );
    },
    HANG,
  );

  it.each([
    ['that was damaged', mutatedDefinition],
    ['that is none', hostileYaml],
  ])(
    '%s gives a value, or messages that point into it',
    (_, arbitrary) => {
      fc.assert(
        fc.property(arbitrary, (text) => checkDiagnostics(readDefinition(text, FILE), text, FILE)),
        RUNS,
      );
    },
    HANG,
  );
});
