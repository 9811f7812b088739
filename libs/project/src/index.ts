export { anyOf, contextFiles, contextPaths } from './context-files.ts';
export { type DefinitionFiles, filesOfWorkspace } from './definition-files.ts';
export { hasCheck, untilCheck, withoutCheck } from './check-stage.ts';
export {
  type BuildUse,
  dockerfileOf,
  ownInputs,
  packageLockOf,
  readsContext,
  signatureKeyOf,
  sourcesOf,
} from './inputs.ts';
export { type MissingInput, missingInputs } from './missing-inputs.ts';
export { keptReadings, type KeptReadings, type Readers } from './kept-readings.ts';
export {
  checkLogPath,
  indexPath,
  type OutputKind,
  type OutputPaths,
  outputPaths,
  passedPath,
  OUTPUTS,
  packageLockPath,
  scratchFolder,
  testLogPath,
  testPaths,
} from './paths.ts';
export {
  DEFAULT_NAMESPACE,
  definitionArgs,
  findDefinitions,
  findFile,
  loadedName,
  type Project,
  projectNameOf,
  readProject,
} from './project.ts';
export {
  type BuildProjection,
  buildProjection,
  type IndexProjection,
  indexProjection,
  type Subject,
} from './projection.ts';
