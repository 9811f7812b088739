import type { Exec } from '@dockyard/exec';
import type { Report } from './events.ts';
import type { HttpClient } from './http-client.ts';
import type { Locator } from './locations.ts';
import type { Limits } from './rounds.ts';
import type { SourceStore } from './store.ts';

/** What one call of `fetchSources` works with. */
export interface FetchContext {
  readonly store: SourceStore;
  readonly http: HttpClient;
  readonly locator: Locator;
  readonly limits: Limits;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly exec: Exec;
}
