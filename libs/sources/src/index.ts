export { archiveTime } from './archive-time.ts';
export { compareMirrors, type MirroredFile, type Served } from './compare-mirrors.ts';
export { type FetchEvent, type Report } from './events.ts';
export { fetchSources, type FetchOptions } from './fetch-sources.ts';
export { type ReachedMirror, reachMirrors } from './reach-mirrors.ts';
export type { ChangelogSummary } from './changelog.ts';
export {
  type ChangedLock,
  compareLocks,
  type PackageChange,
  readSourceChanges,
  type SourceChange,
} from './lock-changes.ts';
export { packageTime } from './deb-file.ts';
export { debianArchitecture, lockPackages, type LockOptions, type LockRequest } from './lock-packages.ts';
export {
  formatLock,
  type LockedPackage,
  type LockedPackages,
  lockSources,
  parseLock,
  readLock,
  writeLock,
} from './locked-packages.ts';
export { namedUrl, type NamedUrl } from './named-url.ts';
export { isLoopback, isTransientStatus, networkReason, retryAfterMs } from './network.ts';
export type { SourceDigest, SourceRequest, SourceSignature } from './request.ts';
export { dispensable, dpkgConfiguration } from './rootfs-filter.ts';
export { type RootfsOptions, writeRootfs } from './rootfs.ts';
export { type Limits, NoUrlWorked } from './rounds.ts';
export { type Progress, type ProgressStream, showProgress } from './progress.ts';
export { proxyOf } from './proxy.ts';
export { stageSources } from './stage.ts';
export { defaultStore } from './store.ts';
