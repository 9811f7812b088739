import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { type Exec, exec as realExec, UserError, writeFileAtomic } from '@dockyard/exec';
import type { Engine } from '@dockyard/engine';
import type { Digest } from '@dockyard/oci';
import { selectRunner } from '@dockyard/runner';
import { exportImage } from './export.ts';
import { findParent, requireOutput, requireProject } from './parents.ts';
import { listFiles, type WorkspaceFiles } from '@dockyard/checkout';
import { outputPaths, testLogPath, testPaths } from '@dockyard/project';
import { withScratch } from './scratch.ts';
import { sizeExcess } from './size-budget.ts';

/** Says that an image passed its tests: `test.json` beside it, written last. */
export interface TestRecord {
  readonly schemaVersion: 1;
  /** Of the manifest that was tested. */
  readonly digest: Digest;
  /** Test files, relative to the workspace root; none where the definition has no tests. */
  readonly files: readonly string[];
}

/** What {@link testImage} takes. */
export interface TestImageOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** OCI platform. */
  readonly platform: string;
  readonly signal?: AbortSignal;
  /** Takes our own progress: a line for each test, and all that is said of those that fail. */
  readonly onLine: (line: string) => void;
  /** Whether `onLine` gets all that the test runner prints; it is in the log's file in any case. */
  readonly verbose?: boolean;
  readonly exec?: Exec;
}

/**
 * Loads one platform's image into the engine of its runner, and the others that its tests start, and runs the `*.test.ts` beside the definition on it,
 * unless it has outgrown its declared size. Containers, volumes and networks of the test are removed however it ends. Where all passed, a {@link TestRecord} and a report in JUnit's XML are left.
 *
 * @returns whether the size is kept and every test passed; true where there is none.
 */
export async function testImage(o: TestImageOptions): Promise<boolean> {
  const { definition, project, folders, nested } = requireProject(o.workspace, o.root);
  const exec = o.exec ?? realExec;
  const { record } = await requireOutput(o.workspace, project, o.platform, 'image');
  const excess = sizeExcess(project, definition, o.platform, record.size);
  if (excess !== undefined) {
    o.onLine(excess);
    return false;
  }
  const tests = testsOf(await listFiles(exec, o.workspace, folders), nested);
  const paths = testPaths(project, o.platform);
  const [passed, report] = [join(o.workspace, paths.record), join(o.workspace, paths.report)];
  for (const path of [passed, report]) await rm(path, { force: true });
  const keep = async (): Promise<boolean> => {
    const result: TestRecord = { schemaVersion: 1, digest: record.digest, files: tests };
    await writeFileAtomic(passed, `${JSON.stringify(result, undefined, 2)}\n`);
    return true;
  };
  if (tests.length === 0) {
    o.onLine(`${project} has no tests: there is no *.test.ts in ${folders.join(' or ')}`);
    return await keep();
  }
  const { engine } = await selectRunner({
    project,
    platform: o.platform,
    emulate: definition.emulate,
    cwd: o.workspace,
  });
  const label = `dev.dockyard.test=${randomUUID()}`;
  const loaded: string[] = [];
  const load = async (name: string): Promise<string> => {
    // Under a name of this run's own, which is taken away afterwards: an image that has others stays, and none is left without.
    const own = `dockyard-test/${name}:${randomUUID()}`;
    loaded.push(own);
    return loadImage(engine, o, name, own);
  };
  const log = join(o.workspace, testLogPath(project, o.platform));
  await rm(log, { force: true });
  const output = partOutput(o);
  try {
    const image = await load(project);
    const others: Record<string, string> = {};
    for (const value of definition.testWith) {
      const [name, tag] = value.split(':');
      const other = findParent(o.workspace, {
        value,
        ...(name !== undefined && { image: name }),
        ...(tag !== undefined && { tag }),
      });
      others[value] = await load(other.project);
    }
    const result = await exec(
      {
        command: join(o.workspace, 'node_modules', '.bin', 'vitest'),
        args: [
          ...['run', '--config', join(o.workspace, 'vitest.images.config.ts')],
          ...['--reporter=verbose', '--reporter=junit', `--outputFile.junit=${report}`, ...tests],
        ],
        cwd: o.workspace,
        env: {
          // What is printed goes into files, too.
          NO_COLOR: '1',
          FORCE_COLOR: undefined,
          DOCKYARD_TEST_IMAGE: image,
          DOCKYARD_TEST_WITH: JSON.stringify(others),
          DOCKYARD_TEST_PLATFORM: o.platform,
          DOCKYARD_TEST_PROJECT: project,
          DOCKYARD_TEST_LABEL: label,
          DOCKYARD_TEST_RECORD: join(o.workspace, outputPaths(project, o.platform, 'image').record),
          DOCKYARD_TEST_DIGEST: record.digest,
          DOCKYARD_ENGINE: engine.name,
          ...(engine.host !== undefined && { DOCKER_HOST: engine.host }),
        },
      },
      { reject: false, onLine: output.take, logFile: log, ...(o.signal !== undefined && { signal: o.signal }) },
    );
    if (result.exitCode === 0) return await keep();
    for (const line of output.unsaid()) o.onLine(line);
    o.onLine(`The tests failed. Their whole log: ${log}`);
    return false;
  } finally {
    await engine.removeLabelled(label);
    for (const name of loaded) await engine.removeImage(name);
  }
}

/** The tests of a definition: all that a person would take for one, or an error. */
function testsOf({ files, leftOut }: WorkspaceFiles, nested: readonly string[]): string[] {
  const isTest = ({ path }: { path: string }): boolean =>
    path.endsWith('.test.ts') && !nested.some((other) => path.startsWith(`${other}/`));
  const lost = leftOut.find(isTest);
  if (lost !== undefined) throw new UserError(`${lost.path} can't be run: it ${lost.why}.`, { hint: lost.fix });
  const tests = files.filter(isTest);
  const link = tests.find(({ kind }) => kind === 'link');
  if (link !== undefined)
    throw new UserError(`${link.path} is a symbolic link: a change of what it leads to would run no test again.`, {
      hint: 'Put a copy in its place, or import what it shares with others.',
    });
  return tests.map(({ path }) => path);
}

/** Puts a built image into the engine's store under a name; returns the engine's id of it. */
function loadImage(engine: Engine, o: TestImageOptions, project: string, name: string): Promise<string> {
  return withScratch(o.workspace, `${project}-test-`, async (scratch) => {
    const layout = join(scratch, 'layout');
    await exportImage({ ...o, project, output: layout });
    return engine.load(layout, [name]);
  });
}

// ✓ passed, × failed, ↓ skipped
const TEST = /^\s*[✓×↓] /;
// Where the test runner begins to say why tests failed.
const FAILURES = /^⎯+ /;

/** Hands on what a person wants to see of the test runner's lines; `unsaid` gives all where it didn't get as far as to say why it failed. */
function partOutput({ onLine, verbose }: TestImageOptions): { take: (line: string) => void; unsaid: () => string[] } {
  let all = verbose === true;
  const hidden: string[] = [];
  return {
    take: (line) => {
      if (!all && FAILURES.test(line)) {
        all = true;
        // Logs of containers.
        for (const one of hidden.splice(0)) onLine(one);
      }
      if (all || TEST.test(line)) onLine(line.trimEnd());
      else hidden.push(line);
    },
    unsaid: () => hidden,
  };
}
