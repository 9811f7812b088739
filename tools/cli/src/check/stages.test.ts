import type { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { pickStages, STAGES, vitestArguments } from './stages.ts';

describe('pickStages', () => {
  it('picks all without names', () => {
    expect(pickStages([])).toEqual(STAGES);
  });

  it('keeps the order of the run', () => {
    expect(pickStages(['unit', 'lint']).map(({ name }) => name)).toEqual(['lint', 'unit']);
  });

  it('refuses what is no stage, and lists them', () => {
    expect(() => pickStages(['unti'])).toThrow(
      expect.objectContaining({
        message: 'There is no stage "unti".',
        hint: 'Stages are format, lint, types, renovate, generated, unit, integration, e2e, images.',
      }) as UserError,
    );
  });
});

describe('vitestArguments', () => {
  it('names the project, the reporters, and coverage where it is wanted', () => {
    const stage = { name: 'unit', kind: 'tests', needsEngines: false, coverage: true } as const;
    expect(vitestArguments(stage, 'unit').join(' ')).toBe(
      'run --project unit --reporter=default --reporter=json --outputFile.json=unit.json --reporter=junit --outputFile.junit=unit.xml --coverage',
    );
    expect(vitestArguments({ ...stage, coverage: false }, 'unit')).not.toContain('--coverage');
  });
});
