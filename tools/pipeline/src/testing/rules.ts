/** A rule of `workflow:rules` or of a job's `rules`. */
export interface Rule {
  readonly if?: string;
  readonly when?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string>>;

/**
 * The first rule that matches, as GitLab chooses it. Only what our files use of its expressions: variables, texts in single quotes, `==`, `!=`,
 * `&&`, which binds closer than `||`.
 *
 * @returns undefined where none does
 * @see https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
 */
export function matchingRule(rules: readonly Rule[], variables: Variables): Rule | undefined {
  return rules.find((rule) => rule.if === undefined || evaluate(rule.if, variables));
}

function evaluate(expression: string, variables: Variables): boolean {
  return expression
    .split('||')
    .some((alternative) => alternative.split('&&').every((part) => holds(part.trim(), variables)));
}

function holds(comparison: string, variables: Variables): boolean {
  const [, left = '', operator, right = ''] = /^(\$\w+)(?:\s*(==|!=)\s*('[^']*'|\$\w+))?$/.exec(comparison) ?? [];
  if (left === '') throw new Error(`not understood: ${comparison}`);
  const value = (text: string): string | undefined =>
    text.startsWith('$') ? variables[text.slice(1)] : text.slice(1, -1);
  if (operator === undefined) return (value(left) ?? '') !== '';
  return (value(left) === value(right)) === (operator === '==');
}
