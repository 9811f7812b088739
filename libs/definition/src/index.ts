export { formatSize, parseSize } from './byte-size.ts';
export {
  fileOf,
  type Definition,
  type Deprecation,
  type PackagesDefinition,
  type Place,
  type SourceDefinition,
  type SourceSignature,
  type UpdateDefinition,
} from './definition.ts';
export { deprecationNotice } from './deprecation.ts';
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
export { planTags, STATE_REPOSITORY, TAG } from './tags.ts';
export { expandTemplate } from './template.ts';
export { writeSizes } from './write-sizes.ts';
export { DATASOURCES, VERSIONINGS } from './update.ts';
export { writeNewLine } from './write-new-line.ts';
export { type WrittenDigest, writeDigests } from './write-digests.ts';
export { editYaml, type YamlEdit } from './edit-yaml.ts';
export { endOfLifeNotice } from './end-of-life.ts';
export {
  resolveWorkspace,
  type ImageReference,
  type Parent,
  type ProjectDefinition,
  type Workspace,
} from './resolve-workspace.ts';
export type { Path as YamlPath } from './yaml-nodes.ts';
