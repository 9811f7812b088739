export { formatSize, parseSize } from './byte-size.ts';
export {
  fileOf,
  type Definition,
  type Deprecation,
  type PackagesDefinition,
  type Place,
  type Position,
  type SourceDefinition,
  type SourceSignature,
  type UpdateDefinition,
} from './definition.ts';
export { deprecationNotice } from './deprecation.ts';
export { byPosition, formatDiagnostics, type Diagnostic, type Result } from './diagnostic.ts';
export {
  allowedPlatforms,
  archSuffix,
  formatPlatform,
  platformMistake,
  platformOfSuffix,
  PLATFORMS,
  type ArchSuffix,
  type Platform,
  type PlatformName,
} from './platform.ts';
export { isPlaceholderDigest } from './placeholder-digest.ts';
export type { ReadShared } from './extended-files.ts';
export { misnamedFolder, projectName } from './project.ts';
export { readDefinition } from './read-definition.ts';
export { readYaml, type ReadYaml } from './read-yaml.ts';
export { definitionJsonSchema, sharedJsonSchema } from './schema.ts';
export { didYouMean } from './suggest.ts';
export { planTags, STATE_REPOSITORY, TAG } from './tags.ts';
export { expandTemplate } from './template.ts';
export { writeSizes } from './write-sizes.ts';
export { DATASOURCES, VERSIONINGS } from './update.ts';
export { writeNewLine } from './write-new-line.ts';
export { type WrittenDigest, writeDigests } from './write-digests.ts';
export { editYaml, type YamlEdit } from './edit-yaml.ts';
export { endOfLifeNotice } from './end-of-life.ts';
export { readDockerignore } from './dockerignore.ts';
export { baseOf } from './dockerfile/base.ts';
export { withoutComments } from './dockerfile/comments.ts';
export { type HistoryInstruction, historyOf } from './dockerfile/history.ts';
export { volumesOf, withoutVolumes } from './dockerfile/volumes.ts';
export { readDockerfile } from './dockerfile/read-dockerfile.ts';
export { type ContainerSettings, type Healthcheck, inheritSettings, NO_SETTINGS } from './dockerfile/settings.ts';
export type {
  ContextPath,
  DockerfileOptions,
  DockerfileReference,
  DockerfileStage,
  ParsedDockerfile,
} from './dockerfile/parsed.ts';
export {
  resolveWorkspace,
  type ImageReference,
  type Parent,
  type ProjectDefinition,
  type Workspace,
} from './resolve-workspace.ts';
export type { Path as YamlPath } from './yaml-nodes.ts';
