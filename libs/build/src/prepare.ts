import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listFiles } from '@dockyard/checkout';
import { deprecationNotice, endOfLifeNotice, fileOf } from '@dockyard/definition';
import {
  baseOf,
  type DockerfileStage,
  type HistoryInstruction,
  historyOf,
  lowered,
  volumesOf,
} from '@dockyard/dockerfile';
import type { BuildContext, StageRequest } from '@dockyard/engine';
import { exec as realExec } from '@dockyard/exec';
import { hideVolumes, materialize } from '@dockyard/oci';
import { definitionArgs, dockerfileOf, type Project } from '@dockyard/project';
import type { BuildOptions } from './build.ts';
import { stageContext } from './context.ts';
import { contentEpoch } from './epoch.ts';
import { fillInReferences } from './fill-in-references.ts';
import { ancestorLayouts, type BuiltOutput, findParent, requireOutput } from './parents.ts';
import { stageRootfs, stageSourcesContext } from './sources.ts';

/** What {@link prepare} takes. */
export interface PrepareOptions extends BuildOptions {
  readonly project: Project;
  /** Absolute path of a folder that is the build's own. */
  readonly scratch: string;
  /** Absolute path of the log. */
  readonly log: string;
  /** Which part of the Dockerfile is built. */
  readonly dockerfile: (text: string, stages: readonly DockerfileStage[]) => string;
}

/** A build that has only to be handed to an engine. */
export interface PreparedBuild {
  readonly request: StageRequest;
  /** Seconds since 1970, see {@link contentEpoch}: no file of it is newer. */
  readonly epoch: number;
  /** What the image is made by, on top of its base. */
  readonly history: readonly HistoryInstruction[];
  /** What the image declares as volumes, those of its base included. */
  readonly volumes: readonly string[];
  /** The image that the last stage is FROM, in full, as the engine is given it. */
  readonly base?: {
    readonly name: string;
    readonly parent: BuiltOutput;
    readonly layout: string;
    readonly volumes: readonly string[];
  };
  /** What its Dockerfile names, by the name it uses for them. */
  readonly parents: ReadonlyMap<string, BuiltOutput>;
  /** Whether Debian packages other than the locked ones are in it. */
  readonly unlocked: boolean;
}

/**
 * Lays out all that one build of a definition reads: sources, context, parents, Dockerfile.
 *
 * @returns the request to an engine, with no output yet.
 * @throws UserError where a source or a parent is missing.
 */
export async function prepare(o: PrepareOptions): Promise<PreparedBuild> {
  const { workspace, project, platform, use, scratch } = o;
  const dockerfile = dockerfileOf(project, use);
  const notice = deprecationNotice(project.definition);
  if (notice !== undefined && use === 'image')
    o.onLine(`Warning: ${fileOf(project.definition, 'deprecated')}: ${notice}`);
  const ended = endOfLifeNotice(project.definition, new Date());
  if (ended !== undefined) o.onLine(`Warning: ${fileOf(project.definition, 'endOfLife')}: ${ended}`);
  const parents = await readParents(o);
  const exec = o.exec ?? realExec;
  const folder = async (name: string): Promise<string> => {
    const path = join(scratch, name);
    await mkdir(path);
    return path;
  };
  const sources = await folder('sources');
  const staged = await stageSourcesContext({ ...o, output: sources });
  const epoch = await contentEpoch({
    sources: staged.sources,
    packages: staged.debs,
    // A parent's time doesn't count for artifacts: a rebuilt toolchain must be able to leave the same bytes.
    parents: use === 'compile' ? [] : [...parents.values()].map(({ record }) => record.epoch),
  });
  const context = await folder('context');
  if (use === 'image' && project.definition.packages?.bootstrap === true) await stageRootfs(staged.debs, context);
  const files = await listFiles(exec, workspace, project.folders);
  await stageContext({ workspace, project, parsed: dockerfile.parsed, files, epoch, output: context });

  const { stages, references } = dockerfile.parsed;
  const baseName = baseOf(stages)?.value;
  let base: PreparedBuild['base'];
  const contexts: Record<string, BuildContext> = { sources: { kind: 'directory', path: sources } };
  for (const [index, [name, parent]] of [...parents].entries()) {
    const layout = join(scratch, `parent-${String(index)}`);
    await materialize({
      layout: join(workspace, parent.layout),
      parents: await ancestorLayouts(workspace, parent.record),
      output: layout,
    });
    const { digest, config, volumes } = await hideVolumes(layout);
    contexts[name] = { kind: 'image', layout, digest, config };
    if (name === baseName) base = { name, parent, layout, volumes };
  }

  const written = join(scratch, basename(dockerfile.path));
  const text = await readFile(join(workspace, dockerfile.path), 'utf8');
  await writeFile(written, lowered(o.dockerfile(fillInReferences(text, references), stages)));

  return {
    request: {
      dockerfile: written,
      dockerfileName: join(workspace, dockerfile.path),
      context,
      platform,
      contexts,
      buildArgs: declared(dockerfile.parsed.args, {
        ...definitionArgs(project.definition),
        SOURCE_DATE_EPOCH: String(epoch),
      }),
      epoch,
      fromNothing: o.fromNothing === true,
      logFile: o.log,
    },
    epoch,
    history: historyOf(text, stages),
    volumes: [...new Set([...(base?.volumes ?? []), ...volumesOf(stages)])],
    ...(base !== undefined && { base }),
    parents,
    unlocked: staged.unlocked,
  };
}

/** The outputs that a Dockerfile names, by the name it uses for them. */
async function readParents(o: PrepareOptions): Promise<Map<string, BuiltOutput>> {
  const parents = new Map<string, BuiltOutput>();
  for (const reference of dockerfileOf(o.project, o.use).parsed.references) {
    if (parents.has(reference.value)) continue;
    if (reference.kind === 'workspace') {
      const { project, definition } = findParent(o.workspace, reference);
      const notice = deprecationNotice(definition);
      if (notice !== undefined)
        o.onLine(`Warning: ${dockerfileOf(o.project, o.use).path}:${String(reference.line)}: ${notice}`);
      parents.set(reference.value, await requireOutput(o.workspace, project, o.platform, 'image'));
    } else if (reference.kind === 'context' && reference.context === 'artifacts') {
      parents.set('artifacts', await requireOutput(o.workspace, o.project.project, o.platform, 'artifacts'));
    }
  }
  return parents;
}

function declared(args: readonly string[], values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => args.includes(name)));
}
