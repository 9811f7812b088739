import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diffImages, diffIndexes, type Digest, type LayoutDifference, type LayoutWithParents } from '@dockyard/oci';
import type { Engine } from '@dockyard/engine';
import type { Report } from '@dockyard/sources';
import { build } from '../build.ts';
import { readIndexRecord } from '../export.ts';
import { joinPlatforms } from '../join.ts';
import { withOutputLock } from '../lock-output.ts';
import { ancestorLayouts, type BuiltOutput, requireOutput, requireProject } from '../parents.ts';
import { indexPath, type OutputKind } from '@dockyard/project';
import { makeSecondWorkspace } from './second-workspace.ts';

/** What {@link reproduce} takes. */
export interface ReproduceOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** The engine of the second build; by default the one that any build here has. */
  readonly engine?: Engine['name'];
  readonly signal?: AbortSignal;
  /** Takes our own progress, a line at a time. */
  readonly onLine: (line: string) => void;
  /** Takes the engine's log, a line at a time. */
  readonly onOutput?: (line: string) => void;
  /** Takes the progress of downloads. */
  readonly report: Report;
}

/** One output of a project, and the same built again. */
export interface Comparison {
  readonly what: OutputKind | 'index';
  /** Absent for the index, which is of all. */
  readonly platform?: string;
  readonly first: Digest;
  readonly second: Digest;
  /** Where the two differ; empty where the digests are the same, or only the form of their JSON differs. */
  readonly differences: readonly LayoutDifference[];
}

/**
 * Builds a project a second time, in another folder and from nothing but its definition, its sources and its parents'
 * outputs, and compares the result with what `image` left in `dist/`. The image is made of the artifacts of the second
 * compile. What is selected is what the index holds. The engine may be another one: a digest is the content's.
 *
 * @returns artifacts and image of each platform, then the index. The second build is removed where all are the same, else
 *   kept in {@link secondBuild}.
 * @throws UserError where the first build isn't there, or the second fails.
 */
export async function reproduce(o: ReproduceOptions): Promise<Comparison[]> {
  const { workspace, root } = o;
  const { project, files } = requireProject(workspace, root);
  const index = await readIndexRecord(workspace, project);
  const platforms = index.platforms.map(({ platform }) => platform);
  const kinds: OutputKind[] = files.compileDockerfile === undefined ? ['image'] : ['artifacts', 'image'];
  const path = secondBuild(project);
  return withOutputLock(workspace, path, o.onLine, async () => {
    const second = join(workspace, path);
    await makeSecondWorkspace({ workspace, project, output: second });
    const comparisons: Comparison[] = [];
    for (const platform of platforms) {
      for (const kind of kinds) {
        o.onLine(`${project} for ${platform}: building the ${kind} again, in ${path}`);
        comparisons.push(await again(o, project, platform, kind, second));
      }
    }
    const { digest } = await joinPlatforms({ workspace: second, root, platforms, onLine: o.onLine });
    const layouts = [workspace, second].map((folder) => join(folder, indexPath(project))) as [string, string];
    const differences = index.digest === digest ? [] : await diffIndexes(...layouts);
    comparisons.push({ what: 'index', first: index.digest, second: digest, differences });
    if (comparisons.every(isSame)) await rm(second, { recursive: true });
    return comparisons;
  });
}

/**
 * Where the second build of a project lies.
 *
 * @param project Nx project name.
 * @returns path of a workspace, relative to the workspace root.
 */
export function secondBuild(project: string): string {
  return join('.dockyard', 'reproduce', project);
}

/** Tells whether an output came out the same. */
export function isSame({ first, second }: Comparison): boolean {
  return first === second;
}

/** Builds one output in the second workspace and compares it with that of the first. */
async function again(
  o: ReproduceOptions,
  project: string,
  platform: string,
  kind: OutputKind,
  second: string,
): Promise<Comparison> {
  const use = kind === 'artifacts' ? 'compile' : 'image';
  const built = await requireOutput(o.workspace, project, platform, kind);
  await build({ ...o, workspace: second, use, platform, fromNothing: true });
  const rebuilt = await requireOutput(second, project, platform, kind);
  const digests = { first: built.record.digest, second: rebuilt.record.digest };
  const differences =
    digests.first === digests.second
      ? []
      : await diffImages(await withParents(o.workspace, built), await withParents(second, rebuilt));
  return { what: kind, platform, ...digests, differences };
}

async function withParents(workspace: string, { layout, record }: BuiltOutput): Promise<LayoutWithParents> {
  return { layout: join(workspace, layout), parents: await ancestorLayouts(workspace, record) };
}
