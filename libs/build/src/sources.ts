import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackages } from './fetch-packages.ts';
import {
  dispensable,
  fetchSources,
  type Report,
  type SourceRequest,
  stageSources,
  writeRootfs,
} from '@dockyard/sources';
import { fileOf } from '@dockyard/definition';
import { type BuildUse, packageLockOf, signatureKeyOf, sourcesOf, type Project } from '@dockyard/project';

/**
 * Fetches everything upstream that a build reads and lays it out as the named context `sources`: the definition's sources
 * by their names, and the locked Debian packages in `packages/`.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.project the image definition.
 * @param o.use which build.
 * @param o.platform OCI platform.
 * @param o.output existing empty folder that becomes the context.
 * @param o.onLine takes the notice where locked packages are gone; see {@link fetchPackages}.
 * @returns absolute paths of the sources and of the `.deb` files, and whether these are those of the lock.
 * @throws UserError where a source can't be had or isn't what its digest says.
 */
export async function stageSourcesContext(o: {
  workspace: string;
  project: Project;
  use: BuildUse;
  platform: string;
  output: string;
  report: Report;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}): Promise<{ sources: string[]; debs: string[]; unlocked: boolean }> {
  const options = { report: o.report, ...(o.signal !== undefined && { signal: o.signal }) };
  const sources = sourcesOf(o.project, o.use, o.platform).map(({ file, urls, digest, signature }): SourceRequest => ({
    file,
    urls,
    digest,
    declaredIn: fileOf(o.project.definition, 'sources'),
    ...(signature !== undefined && {
      signature: { urls: signature.urls, keyFile: join(o.workspace, signatureKeyOf(o.project, signature)) },
    }),
  }));
  await stageSources(await fetchSources(sources, options), o.output);
  const paths = sources.map(({ file }) => join(o.output, file));

  const lock = packageLockOf(o.project, o.use, o.platform);
  if (lock === undefined) return { sources: paths, debs: [], unlocked: false };
  const packages = join(o.output, 'packages');
  await mkdir(packages);
  const { debs, unlocked } = await fetchPackages(o, lock, options);
  await stageSources(debs, packages);
  return { sources: paths, debs: [...debs.keys()].map((name) => join(packages, name)), unlocked };
}

/**
 * Adds the root file system of a base image to a build's context: its packages unpacked, not configured, as `rootfs.tar`.
 *
 * @param debs paths of the `.deb` files.
 * @param context the folder that `ADD rootfs.tar /` reads.
 */
export async function stageRootfs(debs: readonly string[], context: string): Promise<void> {
  await writeRootfs(debs, join(context, ROOTFS), { exclude: dispensable });
}

/** The file that stands for a base image's unpacked packages in its build context. */
export const ROOTFS = 'rootfs.tar';
