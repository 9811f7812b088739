import { createHash } from 'node:crypto';
import type { Facts, Observed } from '../observed.ts';
import type { Resource } from '../resource.ts';

/** How a host looks that has exactly these resources. */
export function made(resources: readonly Resource[], facts: Facts): Observed {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  return {
    facts,
    files: new Map(
      resources.flatMap((resource) =>
        resource.kind === 'file'
          ? [
              [
                resource.path,
                {
                  mode: resource.mode,
                  owner: resource.owner,
                  sha256: digest(resource.content),
                  masked: digest(resource.secret?.masked ?? resource.content),
                  modified: 100,
                },
              ],
            ]
          : [],
      ),
    ),
    packages: new Map(
      resources.flatMap((resource) => (resource.kind === 'packages' ? resource.names.map((name) => [name, '1']) : [])),
    ),
    units: new Map(
      resources.flatMap((resource) =>
        resource.kind === 'unit'
          ? [
              [
                resource.user === undefined ? resource.name : `${resource.user}/${resource.name}`,
                { enabled: 'enabled', active: 'active', since: 100, dropIns: [] },
              ],
            ]
          : [],
      ),
    ),
    users: new Map(
      resources.flatMap((resource) => {
        if (resource.kind !== 'user') return [];
        const rootless = resource.subordinate !== undefined;
        const range = rootless ? `${String(resource.subordinate)}:65536` : '';
        return [[resource.name, { uid: 998, home: resource.home, subuid: range, subgid: range, linger: rootless }]];
      }),
    ),
    firewall: 'same',
  };
}
