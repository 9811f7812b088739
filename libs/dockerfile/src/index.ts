export { baseOf } from './base.ts';
export { withoutComments } from './comments.ts';
export { readDockerignore } from './dockerignore.ts';
export { type HistoryInstruction, historyOf } from './history.ts';
export { lowered } from './lower.ts';
export type {
  ContextPath,
  DockerfileOptions,
  DockerfileReference,
  DockerfileStage,
  ParsedDockerfile,
} from './parsed.ts';
export { readDockerfile } from './read-dockerfile.ts';
export { type ContainerSettings, type Healthcheck, inheritSettings, NO_SETTINGS } from './settings.ts';
export { volumesOf } from './volumes.ts';
