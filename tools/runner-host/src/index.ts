export { withConnection } from './connection.ts';
export { type Intent, runnerTags, tokenVariable } from './desired/desired.ts';
export { applyChanges, examine } from './host.ts';
export type { Change } from './plan.ts';
export { hostStatus, type Status } from './status.ts';
