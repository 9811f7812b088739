export { type Access, cacheAccess, cacheRepositories, type Namespace } from './access.ts';
export { emptyRepository } from './empty.ts';
export { removeUnused } from './retain.ts';
export { recordedTimes, runWithCache } from './run.ts';
export { type CacheServer, startCacheServer } from './server.ts';
export { type CacheCounts, CacheStore } from './store.ts';
export type { BuiltTask } from './times.ts';
