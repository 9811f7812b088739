import { describe, expect, it } from 'vitest';
import { formatFindings, runRules, unknownRules } from './findings.ts';
import type { Rule } from './rule.ts';
import { madeUpProject } from './testing/made-up-image.ts';

const RULE: Rule = {
  name: 'afloat',
  severity: 'error',
  explanation: 'Boats that sink are lost.',
  fix: 'bail',
  image: () => [{ message: 'it leaks', file: 'images/boat/Dockerfile', line: 3 }],
};
const place = { file: 'images/boat/image.yaml', line: 9, column: 11 };
const { definition } = madeUpProject();
const silenced = { ...definition, lint: { afloat: 'a submarine' }, positions: { 'lint.afloat': place } };

describe('findings', () => {
  it('say where, what, why, and what to do', () => {
    expect(formatFindings(runRules([RULE], definition, () => [{ message: 'it leaks', file: 'x', line: 3 }]))).toBe(
      'x:3:1  afloat: error: it leaks\n    Boats that sink are lost.\n    Fix: bail',
    );
  });

  it('are left out where the definition silences the rule', () => {
    expect(runRules([RULE], silenced, () => [{ message: 'it leaks' }])).toEqual([]);
  });

  it('warn of a silence that silences nothing, unless the rule was not asked, or another half of it', () => {
    expect(runRules([RULE], silenced, () => [])).toMatchObject([
      { ...place, severity: 'warning', field: 'lint.afloat', message: 'silences nothing' },
    ]);
    expect(runRules([RULE], silenced, () => undefined)).toEqual([]);
    expect(runRules([{ ...RULE, definition: () => [] }], silenced, () => [])).toEqual([]);
  });

  it('name a rule that there is not, and the one that was probably meant', () => {
    expect(unknownRules([RULE], silenced)).toEqual([]);
    expect(unknownRules([{ ...RULE, name: 'aflot' }], silenced)).toMatchObject([
      { ...place, severity: 'error', fix: 'did you mean aflot?' },
    ]);
  });
});
