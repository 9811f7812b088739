export { isExecutable, MODES_FOLDER, recordModes } from './modes.ts';
export { newestRevision, type Part, type ReadFile, type Revision } from './revision.ts';
export { listFiles } from './workspace-files.ts';
