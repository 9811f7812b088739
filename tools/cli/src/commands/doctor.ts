import { renderTable } from '../text.ts';
import { examine } from '../examine/examine.ts';

/**
 * Shows what this machine can build and what is missing.
 *
 * @returns exit code: 1 where nothing can be built
 */
export async function doctor(): Promise<number> {
  const findings = await examine();
  const marks = { ok: 'ok', missing: 'missing', note: 'note' } as const;
  console.log(
    renderTable(
      ['', 'what', 'found'],
      findings.map(({ state, what, found }) => [marks[state], what, found]),
    ),
  );
  const fixes = findings.filter(({ fix }) => fix !== undefined);
  if (fixes.length > 0) console.log('\nTo do:');
  for (const { what, fix } of fixes) console.log(`  ${what}: ${fix ?? ''}`);
  const able = !findings.some(({ state, vital }) => state === 'missing' && vital);
  console.log(able ? '\nThis machine can build images.' : '\nThis machine can build nothing yet.');
  return able ? 0 : 1;
}
