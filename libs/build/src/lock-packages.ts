import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { archSuffix, type PackagesDefinition } from '@dockyard/definition';
import { baseOf } from '@dockyard/dockerfile';
import {
  debianArchitecture,
  type LockedPackage,
  type LockedPackages,
  lockPackages,
  readLock,
  writeLock,
} from '@dockyard/sources';
import { type BuildUse, dockerfileOf, packageLockOf, type Project } from '@dockyard/project';
import { findParent, requireProject } from './parents.ts';

/**
 * Writes the lock files of a definition's Debian packages, as apt resolves them now on top of what the parents hold.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.root folder of the definition, relative to the workspace root.
 * @returns the lock files written, relative to the root. Lock parents before their children.
 */
export async function lockProject(o: { workspace: string; root: string; signal?: AbortSignal }): Promise<string[]> {
  const project = requireProject(o.workspace, o.root);
  const { packages, platforms } = project.definition;
  const written: string[] = [];
  for (const use of ['image', 'compile'] as const) {
    for (const platform of platforms) {
      const file = packageLockOf(project, use, platform);
      if (packages === undefined || file === undefined) continue;
      await writeLock(join(o.workspace, file), await resolvePackages({ ...o, project, use, platform }, packages));
      written.push(file);
    }
  }
  return written;
}

/**
 * Asks apt which Debian packages a build installs, on top of what the locks of its parents hold.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param packages what the definition declares.
 */
export async function resolvePackages(
  o: { workspace: string; project: Project; use: BuildUse; platform: string; signal?: AbortSignal },
  packages: PackagesDefinition,
): Promise<LockedPackages> {
  return lockPackages(
    {
      suite: packages.suite,
      architecture: debianArchitecture(archSuffix(o.platform)),
      install: [...(packages[o.use] ?? [])],
      installed: await installedBelow(o.workspace, o.project, o.use, o.platform),
      bootstrap: packages.bootstrap === true,
      alone: o.use === 'image' && packages.dependencies === false,
    },
    o.signal === undefined ? {} : { signal: o.signal },
  );
}

/** The packages that the images hold which a build is FROM. */
async function installedBelow(
  workspace: string,
  project: Project,
  use: BuildUse,
  platform: string,
): Promise<LockedPackage[]> {
  const stages = dockerfileOf(project, use).parsed.stages;
  const bases = use === 'image' ? [baseOf(stages)] : stages.map((stage) => stage.base);
  const found = new Map<string, LockedPackage>();
  for (const base of bases) {
    if (base?.kind !== 'workspace') continue;
    const parent = findParent(workspace, base);
    for (const entry of await installedBelow(workspace, parent, 'image', platform)) found.set(entry.name, entry);
    const file = packageLockOf(parent, 'image', platform);
    if (file !== undefined && existsSync(join(workspace, file))) {
      for (const entry of (await readLock(join(workspace, file))).packages) found.set(entry.name, entry);
    }
  }
  return [...found.values()];
}
