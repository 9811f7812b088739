export { isCommitId } from './commit-id.ts';
export { type GitlabJob, gitlabJob, isBranchName } from './gitlab-job.ts';
export type { LeftOut } from './left-out.ts';
export { MODES_FOLDER, recordModes } from './modes.ts';
export { listFiles, type WorkspaceFile, type WorkspaceFiles } from './workspace-files.ts';
