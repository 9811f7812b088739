import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listFiles, newestRevision, type Revision } from '@dockyard/checkout';
import {
  type DockerfileStage,
  deprecationNotice,
  endOfLifeNotice,
  fileOf,
  readDefinition,
  withoutComments,
} from '@dockyard/definition';
import type { BuildContext, StageRequest } from '@dockyard/engine';
import { type Exec, exec as realExec } from '@dockyard/exec';
import { materialize } from '@dockyard/oci';
import { buildProjection, definitionArgs, dockerfileOf, ownInputs, type Project } from '@dockyard/project';
import type { BuildOptions } from './build.ts';
import { stageContext } from './context.ts';
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
  /** When its own inputs last changed. */
  readonly own: Revision;
  /** Seconds since 1970: no file of it is newer. */
  readonly epoch: number;
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
  const own = o.rebuildOf ?? (await ownRevision(o, exec));
  // A parent's time doesn't count for artifacts: a rebuilt toolchain must be able to leave the same bytes.
  const epoch =
    use === 'compile' ? own.epoch : Math.max(own.epoch, ...[...parents.values()].map((p) => p.record.epoch));

  const folder = async (name: string): Promise<string> => {
    const path = join(scratch, name);
    await mkdir(path);
    return path;
  };
  const sources = await folder('sources');
  const { debs, unlocked } = await stageSourcesContext({ ...o, output: sources });
  const context = await folder('context');
  if (use === 'image' && project.definition.packages?.bootstrap === true) await stageRootfs(debs, context);
  const files = await listFiles(exec, workspace, project.folders);
  await stageContext({ workspace, project, parsed: dockerfile.parsed, files, epoch, output: context });

  const contexts: Record<string, BuildContext> = { sources: { kind: 'directory', path: sources } };
  for (const [index, [name, parent]] of [...parents].entries()) {
    const layout = join(scratch, `parent-${String(index)}`);
    await materialize({
      layout: join(workspace, parent.layout),
      parents: await ancestorLayouts(workspace, parent.record),
      output: layout,
    });
    contexts[name] = { kind: 'image', layout, digest: parent.record.digest, config: parent.record.config };
  }

  const written = join(scratch, basename(dockerfile.path));
  const text = await readFile(join(workspace, dockerfile.path), 'utf8');
  await writeFile(
    written,
    o.dockerfile(fillInReferences(text, dockerfile.parsed.references), dockerfile.parsed.stages),
  );

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
      fromNothing: o.rebuildOf !== undefined,
      logFile: o.log,
    },
    own,
    epoch,
    parents,
    unlocked,
  };
}

/** When a build's own inputs last changed: files, what it reads of its definition, and its Dockerfile but for comments. */
function ownRevision({ workspace, project, use, platform }: PrepareOptions, exec: Exec): Promise<Revision> {
  const dockerfile = dockerfileOf(project, use).path;
  const definition = project.definition.file;
  const own = ownInputs(project, use, platform);
  const patterns = [...own.files.filter((path) => path !== dockerfile), ...own.context];
  return newestRevision(exec, workspace, patterns, [
    (read) => withoutComments(read(dockerfile) ?? ''),
    (read) => {
      const text = read(definition) ?? '';
      const result = readDefinition(text, definition, read);
      return result.ok
        ? JSON.stringify(buildProjection({ ...project, definition: result.value }, use, platform))
        : text;
    },
  ]);
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
