export { type Finding, formatFindings } from './findings.ts';
export { lintDefinition } from './lint-definition.ts';
export { lintImage, type LintImageOptions } from './lint-image.ts';
export type { Rule, Severity } from './rule.ts';
export { RULES } from './rules.ts';
