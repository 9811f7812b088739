export { findUnseen } from './compare.ts';
export { type Expected, expectedDependencies } from './expected.ts';
export { type Extracted, extract, type LocalOptions, readReport } from './extract.ts';
export { type Facts, renovateFacts } from './facts.ts';
export { ensureRenovate, type InstallOptions, RUNTIME, type Runtime } from './runtime.ts';
export { gitlabEnvironment, runOnGitlab } from './run.ts';
export { validate } from './validate.ts';
