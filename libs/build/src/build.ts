import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine } from '@dockyard/engine';
import { type Exec, replaceDirectory, writeFileAtomic } from '@dockyard/exec';
import { finishImage, type ImageRecord, readBase } from '@dockyard/oci';
import { type Runner, selectRunner } from '@dockyard/runner';
import type { Report } from '@dockyard/sources';
import { annotationsOf } from './annotations.ts';
import { type BuildUse, buildProjection, outputPaths, withoutCheck } from '@dockyard/project';
import { withOutputLock } from './lock-output.ts';
import { requireProject } from './parents.ts';
import { prepare, type PrepareOptions } from './prepare.ts';
import { readRepository } from './repository.ts';
import { requireInputs } from './require-inputs.ts';
import { withScratch } from './scratch.ts';

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
  /** Takes our own progress, a line at a time. */
  readonly onLine: (line: string) => void;
  /** Takes the engine's log, a line at a time; all of it is in the log's file in any case. */
  readonly onOutput?: (line: string) => void;
  /** Takes the progress of downloads. */
  readonly report: Report;
  readonly exec?: Exec;
  /** Nothing of an earlier build is taken. */
  readonly fromNothing?: boolean;
  /** Only this engine will do, where the build runs on this machine. Default: the one that the environment asks for, or the one that answers. */
  readonly engine?: Engine['name'];
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
  requireInputs(workspace, [options]);
  const kind = use === 'compile' ? 'artifacts' : 'image';
  const paths = outputPaths(project.project, platform, kind);
  const runner = await selectRunner({
    project: project.project,
    platform,
    emulate: project.definition.emulate,
    ...(options.engine !== undefined && { engine: options.engine }),
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

interface Prepared extends Omit<PrepareOptions, 'dockerfile'> {
  readonly runner: Runner;
  readonly output: string;
}

async function run(o: Prepared): Promise<ImageRecord> {
  const { workspace, project, platform, use, scratch } = o;
  const { request, epoch, history, volumes, base, parents, unlocked } = await prepare({
    ...o,
    dockerfile: use === 'compile' ? withoutCheck : (text) => text,
  });
  // While the engine builds.
  const reading =
    base && readBase({ layout: base.parent.layout, path: base.layout, digest: base.parent.record.digest });
  reading?.catch(() => undefined);
  const raw = join(scratch, 'raw');
  await o.runner.engine.build(
    { ...request, output: raw },
    {
      ...(o.onOutput !== undefined && { onLine: o.onOutput }),
      ...(o.signal !== undefined && { signal: o.signal }),
    },
  );

  const annotations = annotationsOf(buildProjection(project, use, platform).subject, {
    // Who moves the repository recompiles nothing.
    ...(use === 'image' && { repository: await readRepository(workspace) }),
    provenance: {
      epoch,
      ...(base !== undefined && { base: { name: base.name, digest: base.parent.record.digest } }),
    },
  });
  const runs = history.filter(({ keyword }) => keyword === 'RUN');
  const record = await finishImage({
    raw,
    output: o.output,
    ...(reading && { base: await reading }),
    platform,
    annotations,
    labels: use === 'image' ? annotations : {},
    epoch,
    history,
    volumes,
    hardLinks: history.filter(({ keyword }) => ['RUN', 'COPY', 'ADD'].includes(keyword)).length < 2,
    ...(runs.length > 0 && { mounts: runs.flatMap(({ mounts }) => mounts) }),
    onWarning: o.onLine,
    project: project.project,
    kind: use === 'compile' ? 'artifacts' : 'image',
  });
  const tainted = unlocked || [...parents.values()].some((parent) => parent.record.unlocked === true);
  return tainted ? { ...record, unlocked: true } : record;
}
