import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandResult, exec, git } from '@dockyard/exec';
import { type FaultyProxy, startFaultyProxy, startRegistry } from '@dockyard/lab';
import { thisMachine } from '@dockyard/runner';
import { parse } from 'yaml';
import type { Benchmark, BenchContext } from '../benchmark.ts';
import { resultsOf } from '../result.ts';
import { makeSyntheticWorkspace, type SyntheticWorkspace } from '../workspace.ts';

/** Bytes of the one image that all others stand on; random, so that no compression makes it small. */
const BASE_BYTES = 8_000_000;

/** The scripts of the jobs that one pipeline runs, out of .gitlab-ci.yml. */
type Scripts = Readonly<Record<'base' | 'build' | 'join' | 'publish', readonly string[]>>;

/** What one pipeline took. */
interface Run {
  readonly seconds: number;
  /** Bodies of requests and answers that went between the jobs and the registry. */
  readonly bytes: number;
}

/**
 * What a change costs from its commit to its publication when nothing compiles: the jobs of .gitlab-ci.yml, the platforms at the same time,
 * each in a clone of its own with an empty cache of Nx, and a registry between them.
 */
export const pipeline: Benchmark = {
  name: 'pipeline',
  description: 'the jobs of .gitlab-ci.yml for a change of one image and of the base, cold and with the shared cache',
  run: async (context) => {
    const images = context.quick ? 4 : 16;
    const platforms =
      thisMachine().platform === 'linux/amd64' ? ['linux/amd64', 'linux/386'] : [thisMachine().platform];
    const shape = { images, depth: 3, fanOut: 5, lines: 1, compiled: 0, seed: 1, platforms };
    const workspace = await makeSyntheticWorkspace(context.checkout, context.scratch, shape);
    await writeFile(
      join(workspace.root, workspace.family.images[0]?.root ?? '', 'rootfs/base'),
      randomBytes(BASE_BYTES),
    );
    const registry = await startRegistry({ dir: context.lab });
    const proxy = await startFaultyProxy(registry.host);
    try {
      const runner = new Pipelines(context, workspace, proxy, platforms);
      const results: Record<string, Run> = {};
      const measure = async (what: string, cache: string, edited?: number): Promise<void> => {
        context.report(`pipeline: ${what}`);
        const folder = workspace.family.images.at(edited ?? 0)?.root ?? '';
        if (edited !== undefined) await appendFile(join(workspace.root, folder, 'rootfs/edited'), `${what}\n`);
        results[what] = await runner.run(cache);
      };
      await measure('everything, cold', 'cache');
      await measure('one image, shared cache', 'cache', -1);
      await measure('one image, cold', 'cold-1', -1);
      await measure('base image, shared cache', 'cache', 0);
      await measure('base image, cold', 'cold-2', 0);
      context.report('pipeline: unchanged catalog');
      results['unchanged catalog, publish alone'] = await runner.publishAll('cache');
      const parameters = (change: string) => ({ change, images, platforms: platforms.length, baseBytes: BASE_BYTES });
      return {
        results: Object.entries(results).flatMap(([change, { seconds, bytes }]) => [
          ...resultsOf(
            { benchmark: 'pipeline', parameters: parameters(change), unit: 'seconds' },
            new Map([['jobs', [seconds]]]),
          ),
          ...resultsOf(
            { benchmark: 'pipeline', parameters: parameters(change), unit: 'bytes' },
            new Map([['registry', [bytes]]]),
          ),
        ]),
      };
    } finally {
      await proxy.stop();
      await registry.stop();
      await workspace.remove();
    }
  },
};

class Pipelines {
  readonly #context: BenchContext;
  readonly #workspace: SyntheticWorkspace;
  readonly #proxy: FaultyProxy;
  readonly #platforms: readonly string[];
  #clones = 0;

  constructor(context: BenchContext, workspace: SyntheticWorkspace, proxy: FaultyProxy, platforms: readonly string[]) {
    this.#context = context;
    this.#workspace = workspace;
    this.#proxy = proxy;
    this.#platforms = platforms;
  }

  /** Commits what was edited and runs its pipeline. */
  async run(cache: string): Promise<Run> {
    await this.#commit();
    const scripts = await this.#scripts();
    return this.#measured(cache, async (job) => {
      const base = await job(scripts.base, {}, 'cat .dockyard/base.env');
      const env = Object.fromEntries(
        [...base.stdout.matchAll(/^(NX_\w+)=(\w+)$/gm)].map(([, name = '', value = '']): [string, string] => [
          name,
          value,
        ]),
      );
      await Promise.all(
        this.#platforms.map((platform) => job(scripts.build, { ...env, ARCH: platform.replace('linux/', '') })),
      );
      await job(scripts.join, env);
      await job(scripts.publish, env);
    });
  }

  /** Publishes every image once more. */
  publishAll(cache: string): Promise<Run> {
    const command = 'npm run --silent cache -- run npx nx run-many --output-style=stream -t publish';
    return this.#measured(cache, (job) => job([command], {}));
  }

  async #measured(
    cache: string,
    work: (
      job: (script: readonly string[], env: Record<string, string>, more?: string) => Promise<CommandResult>,
    ) => Promise<unknown>,
  ): Promise<Run> {
    this.#proxy.reset([]);
    let preparing = 0;
    const started = performance.now();
    await work(async (script, env, more = 'true') => {
      const from = performance.now();
      const root = await this.#clone();
      preparing += (performance.now() - from) / (env['ARCH'] === undefined ? 1 : this.#platforms.length);
      return exec(
        {
          command: 'bash',
          args: ['-euo', 'pipefail', '-c', [...script, more].join('\n')],
          cwd: root,
          env: {
            ...{ CI: 'true', CI_COMMIT_REF_PROTECTED: 'true', FORCE_COLOR: '0', NX_DAEMON: 'false', NX_PARALLEL: '1' },
            ...{ NX_WORKSPACE_ROOT_PATH: undefined, DOCKYARD_PLATFORMS: undefined },
            DOCKYARD_CACHE: `${this.#proxy.host}/bench/${cache}`,
            DOCKYARD_REGISTRIES: `${this.#proxy.host}/bench`,
            ...env,
          },
        },
        { signal: this.#context.signal },
      );
    });
    const bytes = this.#proxy.seen.reduce((sum, one) => sum + one.requestBytes + one.responseBytes, 0);
    return { seconds: (performance.now() - started - preparing) / 1000, bytes };
  }

  /** A runner of its own: what GitLab does before a script. */
  async #clone(): Promise<string> {
    this.#clones += 1;
    const root = join(this.#context.scratch, `runner-${String(this.#clones)}`);
    await git(exec, this.#workspace.root, ['clone', '--quiet', '.', root]);
    for (const path of globSync('{,libs/*/,tools/*/}node_modules', { cwd: this.#workspace.root }))
      await exec({ command: 'cp', args: ['-al', join(this.#workspace.root, path), join(root, path)] });
    return root;
  }

  async #commit(): Promise<void> {
    await git(exec, this.#workspace.root, ['add', '.']);
    await git(exec, this.#workspace.root, ['commit', '--quiet', '--allow-empty', '--message', 'change'], {
      settings: { 'user.name': 'bench', 'user.email': 'bench@example.org' },
    });
  }

  async #scripts(): Promise<Scripts> {
    const file = parse(await readFile(join(this.#workspace.root, '.gitlab-ci.yml'), 'utf8')) as Record<
      keyof Scripts,
      { script: string[] }
    >;
    const { base, build, join: joined, publish } = file;
    return { base: base.script, build: build.script, join: joined.script, publish: publish.script };
  }
}
