import { type Definition } from '@dockyard/definition';
import { type Diagnostic, didYouMean, formatDiagnostics } from '@dockyard/diagnostic';
import type { Problem, Rule, Severity } from './rule.ts';

/** Something to tell about an image. */
export interface Finding extends Diagnostic {
  readonly severity: Severity;
}

/**
 * Runs rules, and leaves out what the definition silences.
 *
 * @param rules those that look at what is at hand
 * @param definition its `lint` says which rules are silenced, and why
 * @param check runs a rule; undefined where it has nothing to look at here
 * @returns findings in the order of the rules; a silence that nothing here needed is a warning
 */
export function runRules(
  rules: readonly Rule[],
  definition: Definition,
  check: (rule: Rule) => readonly Problem[] | undefined,
): Finding[] {
  return rules.flatMap((rule): Finding[] => {
    const problems = check(rule);
    if (problems === undefined) return [];
    const field = `lint.${rule.name}`;
    if (definition.lint?.[rule.name] === undefined) {
      return problems.map(({ file = definition.file, line = 1, message }) => ({
        severity: rule.severity,
        file,
        line,
        column: 1,
        field: rule.name,
        message,
        fix: `${rule.explanation}\nFix: ${rule.fix}`,
      }));
    }
    // The other half of such a rule may need it.
    if (problems.length > 0 || (rule.definition !== undefined && rule.image !== undefined)) return [];
    const place = definition.positions?.[field] ?? { file: definition.file, line: 1, column: 1 };
    return [{ ...place, severity: 'warning', field, message: 'silences nothing', fix: 'take it out' }];
  });
}

/**
 * Finds silences of rules that there are not.
 *
 * @param rules all of them
 * @param definition whose `lint` is looked at
 */
export function unknownRules(rules: readonly Rule[], definition: Definition): Finding[] {
  const names = rules.map(({ name }) => name);
  return Object.keys(definition.lint ?? {})
    .filter((name) => !names.includes(name))
    .map((name) => {
      const field = `lint.${name}`;
      const meant = didYouMean(name, names);
      const place = definition.positions?.[field] ?? { file: definition.file, line: 1, column: 1 };
      return {
        ...place,
        severity: 'error',
        field,
        message: `there is no rule ${name}; there are: ${names.join(', ')}`,
        ...(meant !== undefined && { fix: `did you mean ${meant}?` }),
      };
    });
}

/**
 * Writes findings for a terminal.
 *
 * @returns each as diagnostics are written, its severity before its message
 */
export function formatFindings(findings: readonly Finding[]): string {
  return formatDiagnostics(
    findings.map(({ severity, message, ...rest }) => ({ ...rest, message: `${severity}: ${message}` })),
  );
}
