import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  baseOf,
  deprecationNotice,
  endOfLifeNotice,
  fileOf,
  readDefinition,
  withoutComments,
} from '@dockyard/definition';
import type { BuildContext } from '@dockyard/engine';
import { type Exec, exec as realExec, replaceDirectory, writeFileAtomic } from '@dockyard/exec';
import { finishImage, type ImageRecord, materialize, type ParentLayout } from '@dockyard/oci';
import { type Runner, selectRunner } from '@dockyard/runner';
import type { Report } from '@dockyard/sources';
import { annotationsOf } from './annotations.ts';
import { stageContext } from './context.ts';
import { fillInReferences } from './fill-in-references.ts';
import { listFiles } from '@dockyard/checkout';
import {
  type BuildUse,
  dockerfileOf,
  ownInputs,
  outputPaths,
  definitionArgs,
  type Project,
  buildProjection,
} from '@dockyard/project';
import { withOutputLock } from './lock-output.ts';
import { ancestorLayouts, type BuiltOutput, findParent, requireOutput, requireProject } from './parents.ts';
import { readRepository } from './repository.ts';
import { newestRevision, type Revision } from '@dockyard/checkout';
import { withScratch } from './scratch.ts';
import { stageRootfs, stageSourcesContext } from './sources.ts';

/** What {@link build} takes. */
export interface BuildOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** Which of its two builds. */
  readonly use: BuildUse;
  /** OCI platform. */
  readonly platform: string;
  readonly signal?: AbortSignal;
  /** Takes the engine's log and our own progress, a line at a time. */
  readonly onLine: (line: string) => void;
  /** Takes the progress of downloads. */
  readonly report: Report;
  readonly exec?: Exec;
  /** Builds from nothing what this record is of: epoch and revision are the record's, and nothing of an earlier build is taken. */
  readonly rebuildOf?: ImageRecord;
}

/**
 * Builds the artifacts or the image of one platform and puts the thin layout and its record in place.
 * Both builds are one: a Dockerfile, a context of exactly the declared inputs, parents and sources as named contexts.
 *
 * @returns the record, as written beside the layout.
 * @throws UserError where a definition, a source, a parent or a runner is missing, or a step of the build fails. The record
 *   of an earlier build is then gone or still that of a whole one; half an output is never left.
 */
export async function build(options: BuildOptions): Promise<ImageRecord> {
  const { workspace, platform, use } = options;
  const project = requireProject(workspace, options.root);
  const kind = use === 'compile' ? 'artifacts' : 'image';
  const paths = outputPaths(project.project, platform, kind);
  const runner = await selectRunner({
    project: project.project,
    platform,
    emulate: project.definition.emulate,
    cwd: workspace,
  });
  options.onLine(`${project.project} for ${platform}: ${runner.description}`);

  await mkdir(join(workspace, dirname(paths.layout)), { recursive: true });
  return withOutputLock(workspace, paths.layout, options.onLine, () =>
    withScratch(workspace, `${project.project}-`, async (scratch) => {
      const output = join(scratch, 'layout');
      const record = await run({ ...options, project, runner, scratch, output, log: join(workspace, paths.log) });
      // The record goes first and comes last: while it exists, the layout beside it is whole.
      await rm(join(workspace, paths.record), { force: true });
      await replaceDirectory(output, join(workspace, paths.layout));
      await writeFileAtomic(join(workspace, paths.record), `${JSON.stringify(record, undefined, 2)}\n`);
      return record;
    }),
  );
}

interface Prepared extends BuildOptions {
  readonly project: Project;
  readonly runner: Runner;
  readonly scratch: string;
  readonly output: string;
  readonly log: string;
}

async function run(o: Prepared): Promise<ImageRecord> {
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
  await writeFile(written, fillInReferences(text, dockerfile.parsed.references));

  const raw = join(scratch, 'raw');
  await o.runner.engine.build(
    {
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
      output: raw,
      logFile: o.log,
    },
    { onLine: o.onLine, ...(o.signal !== undefined && { signal: o.signal }) },
  );

  const base = baseOf(dockerfile.parsed.stages);
  const baseParent = base === undefined ? undefined : parents.get(base.value);
  const annotations = annotationsOf(buildProjection(project, use, platform).subject, {
    // Who moves the repository recompiles nothing.
    ...(use === 'image' && { repository: await readRepository(workspace) }),
    provenance: {
      revision: own.revision,
      epoch,
      ...(base !== undefined &&
        baseParent !== undefined && { base: { name: base.value, digest: baseParent.record.digest } }),
    },
  });
  const record = await finishImage({
    raw,
    output: o.output,
    // Artifacts are no parent of an image's layers: whoever has the images needs nothing else to use them.
    parents: [...parents.values()]
      .filter((parent) => parent.record.kind === 'image')
      .map((parent): ParentLayout => ({ layout: parent.layout, path: join(workspace, parent.layout) })),
    platform,
    annotations,
    labels: use === 'image' ? annotations : {},
    epoch,
    revision: own.revision,
    project: project.project,
    kind: use === 'compile' ? 'artifacts' : 'image',
  });
  const tainted = unlocked || [...parents.values()].some((parent) => parent.record.unlocked === true);
  return tainted ? { ...record, unlocked: true } : record;
}

/** When a build's own inputs last changed: files, what it reads of its definition, and its Dockerfile but for comments. */
function ownRevision({ workspace, project, use, platform }: Prepared, exec: Exec): Promise<Revision> {
  const dockerfile = dockerfileOf(project, use).path;
  const definition = project.definition.file;
  const patterns = ownInputs(project, use, platform).filter((path) => path !== dockerfile);
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
async function readParents(o: Prepared): Promise<Map<string, BuiltOutput>> {
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
