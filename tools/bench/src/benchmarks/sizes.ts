import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, lockProject, requireOutput, requireProject } from '@dockyard/build';
import { archSuffix } from '@dockyard/definition';
import { didYouMean } from '@dockyard/diagnostic';
import { baseOf } from '@dockyard/dockerfile';
import { exec, git, UserError } from '@dockyard/exec';
import {
  dockerfileOf,
  findDefinitions,
  outputPaths,
  packageLockOf,
  packageLockPath,
  type Project,
} from '@dockyard/project';
import { thisMachine } from '@dockyard/runner';
import { type LockedPackages, readLock, writeLock } from '@dockyard/sources';
import { parse, stringify } from 'yaml';
import type { Benchmark, BenchContext } from '../benchmark.ts';
import type { BenchResult } from '../report.ts';
import { resultsOf } from '../result.ts';
import { counterpartOf, packageDockerfile } from '../sizes/counterparts.ts';
import { singleStage } from '../sizes/single-stage.ts';
import { commitAll } from '../workspace.ts';

/** What is built where it only has to be shown that this runs. */
const QUICK = 'memcached';

/** Of Debian, whose packages are compared. */
const SUITE = 'trixie';

/**
 * How large images are against what one would have without this repository, on the same base and compressed alike: the same software from
 * Debian's package, and the same build in a single stage. All are built by the same code, with no network and from locked packages.
 */
export const sizes: Benchmark = {
  name: 'sizes',
  description: "compressed sizes of images against Debian's packages on the same base and against single-stage builds",
  run: async (context) => {
    const { platform } = thisMachine();
    const measurable = findDefinitions(context.checkout)
      .map((file) => requireProject(context.checkout, dirname(file)))
      .filter(({ definition }) => definition.platforms.includes(platform))
      .filter(({ project, definition }) => counterpartOf(project, definition.image) !== undefined);
    const names = measurable.map(({ project }) => project);
    for (const name of context.projects) {
      if (names.includes(name)) continue;
      const meant = didYouMean(name, names);
      throw new UserError(
        `Nothing is compared with "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
        {
          hint: `Projects with a counterpart are ${names.join(', ')}.`,
        },
      );
    }
    const wanted = context.quick ? [QUICK] : context.projects;
    const projects = measurable.filter(({ project }) => wanted.length === 0 || wanted.includes(project));
    context.report(`sizes: building ${projects.map(({ project }) => project).join(', ')}`);
    const failures = await buildAll(context, projects, platform);
    const bench = { context, platform, missing: [...failures.values()] };
    const packaged = await Workspace.make(bench, 'package', projects);
    const single = await Workspace.make(bench, 'single-stage', projects);
    const results: BenchResult[] = [];
    for (const project of projects.filter((one) => !failures.has(one.project))) {
      const { record } = await requireOutput(context.checkout, project.project, platform, 'image');
      const samples = new Map([['image', [record.size]]]);
      const counterpart = counterpartOf(project.project, project.definition.image) ?? [];
      const fromPackage = await packaged.measure(project, () => packaged.writePackage(project, counterpart));
      if (fromPackage !== undefined) samples.set('package', [fromPackage]);
      if (project.compileDockerfile !== undefined) {
        const naive = await single.measure(project, () => single.writeSingleStage(project));
        if (naive !== undefined) samples.set('single stage', [naive]);
      }
      const { version } = project.definition;
      const parameters = { project: project.project, version, platform, packages: counterpart.join(' ') };
      results.push(
        ...resultsOf({ benchmark: 'sizes', parameters, unit: 'bytes' }, samples, [
          { to: 'package', most: 1 },
          { to: 'single stage', most: 1 },
        ]),
      );
    }
    return { results, missing: bench.missing };
  },
};

interface Bench {
  readonly context: BenchContext;
  readonly platform: string;
  /** What can't be measured, and why. */
  readonly missing: string[];
}

/** Builds the images as anyone does. @returns why, of those that couldn't be */
async function buildAll(
  { checkout, signal }: BenchContext,
  projects: readonly Project[],
  platform: string,
): Promise<Map<string, string>> {
  const target = `image:${archSuffix(platform)}`;
  await exec(
    {
      command: join(checkout, 'node_modules', '.bin', 'nx'),
      args: [
        ...['run-many', `--targets=${target}`, `--projects=${projects.map(({ project }) => project).join(',')}`],
        ...['--nx-bail=false', '--output-style=static'],
      ],
      cwd: checkout,
      env: { CI: undefined, NX_DAEMON: 'false', NX_TUI: 'false', DOCKYARD_PLATFORMS: platform },
    },
    { signal, reject: false },
  );
  signal.throwIfAborted();
  const failures = new Map<string, string>();
  for (const { project } of projects) {
    const found = await requireOutput(checkout, project, platform, 'image').catch((error: unknown) => error);
    if (found instanceof Error) failures.set(project, `${project}: ${found.message}`);
  }
  return failures;
}

/** The definitions of this checkout, those that are measured changed, and the images that they are built on. */
class Workspace {
  readonly #bench: Bench;
  readonly #name: string;
  readonly root: string;

  private constructor(bench: Bench, name: string) {
    this.#bench = bench;
    this.#name = name;
    this.root = join(bench.context.scratch, name);
  }

  static async make(bench: Bench, name: string, measured: readonly Project[]): Promise<Workspace> {
    const workspace = new Workspace(bench, name);
    const { checkout } = bench.context;
    const { root } = workspace;
    const listed = ['images', 'package.json', '.gitignore'];
    const { stdout } = await git(exec, checkout, [
      ...['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...listed],
    ]);
    for (const path of stdout.split('\0').filter((one) => one !== '' && existsSync(join(checkout, one)))) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await copyFile(join(checkout, path), join(root, path));
    }
    for (const file of findDefinitions(checkout)) {
      const { project } = requireProject(checkout, dirname(file));
      const { layout, record } = outputPaths(project, bench.platform, 'image');
      if (measured.some((one) => one.project === project) || !existsSync(join(checkout, record))) continue;
      await mkdir(dirname(join(root, layout)), { recursive: true });
      for (const path of [layout, record])
        await exec({ command: 'cp', args: ['-al', join(checkout, path), join(root, path)] });
    }
    return workspace;
  }

  /**
   * Builds a definition as `write` leaves it.
   *
   * @returns compressed bytes; undefined where it can't be built, which is noted
   */
  async measure(project: Project, write: () => Promise<void>): Promise<number | undefined> {
    const { context, platform, missing } = this.#bench;
    try {
      context.report(`sizes: ${project.project}: ${this.#name}`);
      await write();
      await rm(join(this.root, '.git'), { recursive: true, force: true });
      // An image's epoch is the time of a commit.
      await commitAll(this.root);
      const lines: string[] = [];
      const record = await build({
        ...{ workspace: this.root, root: project.root, use: 'image', platform, signal: context.signal },
        onLine: (line) => lines.push(line),
        report: () => undefined,
      });
      return record.size;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof UserError)) throw error;
      missing.push(`${project.project}: ${this.#name}: ${error.message}`);
      return undefined;
    }
  }

  async writePackage(project: Project, packages: readonly string[]): Promise<void> {
    const base = baseOf(project.dockerfile.stages);
    if (base === undefined) return;
    const { image, description, version, licenses, homepage, tags } = project.definition;
    // Whole in itself: what a shared file has of packages would be added.
    await this.#write(project, packageDockerfile(base.raw), {
      ...{ image, description, version, licenses, homepage, tags },
      platforms: [this.#bench.platform],
      packages: { suite: SUITE, image: packages },
    });
    await lockProject({ workspace: this.root, root: project.root, signal: this.#bench.context.signal });
  }

  async writeSingleStage(project: Project): Promise<void> {
    const { checkout } = this.#bench.context;
    const read = async (use: 'compile' | 'image') => {
      const { path, parsed } = dockerfileOf(project, use);
      return { text: await readFile(join(checkout, path), 'utf8'), parsed };
    };
    const text = singleStage(await read('compile'), await read('image'));
    const locks = await this.#locks(project);
    const byName = new Map(locks.flatMap((lock) => lock.packages).map((one) => [one.name, one]));
    const packages = [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    const definition = parse(await readFile(join(checkout, project.definition.file), 'utf8')) as Record<
      string,
      unknown
    >;
    const [first] = locks;
    if (first === undefined) {
      await this.#write(project, text, definition);
      return;
    }
    const image = packages.map(({ name }) => name);
    await this.#write(project, text, { ...definition, packages: { suite: first.suite, image } });
    const lock = join(this.root, project.root, packageLockPath('image', this.#bench.platform));
    await writeLock(lock, { ...first, packages });
  }

  /** What the image's two builds install. */
  async #locks(project: Project): Promise<LockedPackages[]> {
    const files = (['image', 'compile'] as const).flatMap(
      (use) => packageLockOf(project, use, this.#bench.platform) ?? [],
    );
    return Promise.all(files.map((file) => readLock(join(this.#bench.context.checkout, file))));
  }

  /** Puts one Dockerfile and a definition in place of what there is. */
  async #write(project: Project, dockerfile: string, definition: Readonly<Record<string, unknown>>): Promise<void> {
    for (const folder of project.folders) await rm(join(this.root, folder, 'compile.Dockerfile'), { force: true });
    await writeFile(join(this.root, project.root, 'Dockerfile'), dockerfile);
    await writeFile(join(this.root, project.definition.file), stringify(definition));
  }
}
