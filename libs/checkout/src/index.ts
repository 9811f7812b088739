export { isExecutable, MODES_FOLDER, recordModes } from './modes.ts';
export { listFiles } from './workspace-files.ts';
