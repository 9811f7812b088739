import { formatFindings, lintDefinition, RULES } from '@dockyard/image-lint';
import { UserError } from '@dockyard/exec';
import { WORKSPACE } from '../root.ts';
import { imageProjects, pickProjects, projectOf } from '../workspace.ts';

/**
 * Holds definitions to the rules that need nothing built.
 *
 * @param names projects; all when empty
 * @returns exit code: 1 where one breaks a rule
 * @throws {UserError} unknown project, or its files have mistakes
 */
export async function lintImages(names: readonly string[]): Promise<number> {
  const known = imageProjects(WORKSPACE);
  const picked = names.length === 0 ? [...known.keys()] : pickProjects(names, known);
  const findings = (await Promise.all(picked.map((name) => lintDefinition(WORKSPACE, projectOf(name))))).flat();
  // A file that lines share is looked at with each of them.
  const distinct = [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
  if (distinct.length > 0) console.log(formatFindings(distinct));
  const errors = distinct.filter(({ severity }) => severity === 'error').length;
  console.log(
    `${count(picked.length, 'definition')}: ${count(errors, 'error')}, ${count(distinct.length - errors, 'warning')}. ` +
      'What is in their layers: npx nx run <project>:lint:<arch>',
  );
  return errors > 0 ? 1 : 0;
}

/** Prints every rule: what it looks at, why, and what to do. */
export function explainRules(names: readonly string[]): number {
  const picked = names.length === 0 ? RULES : RULES.filter(({ name }) => names.includes(name));
  const unknown = names.filter((name) => !RULES.some((rule) => rule.name === name));
  if (unknown.length > 0) {
    throw new UserError(
      `There is no rule ${unknown.join(', ')}; there are: ${RULES.map(({ name }) => name).join(', ')}`,
    );
  }
  for (const { name, severity, explanation, fix, definition, image } of picked) {
    const at = [definition && 'definitions', image && 'images'].filter((one) => typeof one === 'string').join(' and ');
    console.log(`${name} (${severity}; ${at})\n  ${explanation}\n  Fix: ${fix}\n`);
  }
  return 0;
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}
