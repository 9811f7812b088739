export { emulatedPlatforms } from './emulation.ts';
export { type Machine, parsePlatformList, runsNatively, thisMachine } from './machine.ts';
export type { Remote } from './remote.ts';
export { configuredRemotes, RUNNERS_FILE } from './remotes.ts';
export { type Runner, selectRunner } from './select-runner.ts';
export { nothingSelected, platformSelector, type Selectable } from './selected-platforms.ts';
