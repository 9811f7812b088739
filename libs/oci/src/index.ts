export { diffImages, diffIndexes } from './diff/layouts.ts';
export { fileChanges, type FileChanges } from './diff/files.ts';
export { layerChanges, type LayerChanges } from './diff/layer-changes.ts';
export { renderDifferences } from './diff/render.ts';
export type {
  ContentDifference,
  EntryDifference,
  FieldDifference,
  LayoutDifference,
  LayoutWithParents,
} from './diff/types.ts';
export { LayoutError } from './errors.ts';
export { extractFolder } from './extract-folder.ts';
export { finishImage, readBase } from './finish.ts';
export type { Base, BaseLayout, FinishImageOptions } from './finish.ts';
export { hideVolumes, type VolumelessImage } from './hide-volumes.ts';
export { joinIndex } from './join.ts';
export type { JoinIndexOptions, LayoutName } from './join.ts';
export { layerEntries, type LayerEntry, layerFiles, type LayerFile } from './layer-entries.ts';
export { materialize } from './materialize.ts';
export { parseIndex, parseManifest } from './parse.ts';
export { readImage, readIndex } from './read.ts';
export type { LayoutImage } from './read.ts';
export { layoutTar } from './tar.ts';
export { IMAGE_NAME, MEDIA_TYPES, REF_NAME } from './types.ts';
export type {
  ContainerConfig,
  Descriptor,
  DescriptorPlatform,
  Digest,
  Healthcheck,
  HistoryEntry,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  ImageRecord,
} from './types.ts';
export { verifyLayout } from './verify.ts';
export { entryPath, isHidden, type Whiteout, whiteoutOf } from './whiteouts.ts';
