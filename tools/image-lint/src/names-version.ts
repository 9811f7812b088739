import type { Definition, SourceDefinition } from '@dockyard/definition';

/**
 * Whether a URL names a version: the very one, and not one that begins or ends like it. Upstreams write some with `_` or `-` for its dots.
 *
 * @param url as a definition has it, expanded
 * @param version such as `8.0.6`
 */
export function namesVersion(url: string, version: string): boolean {
  const parts = version.split('.').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`(?<![\\d.])${parts.join('[._-]')}(?![\\d]|[._]\\d)`).test(url);
}

/** The sources that are another file in each version of the image. */
export function versionedSources({ sources, version }: Definition): SourceDefinition[] {
  return sources.filter(({ urls }) => urls.some((url) => namesVersion(url, version)));
}
