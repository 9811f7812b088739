import { randomBytes } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, type Exec, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { layoutTar } from '@dockyard/oci';
import { buildFailure } from './build-failure.ts';
import { buildCommand, dockerEnvironment } from './buildkit-command.ts';
import { parseBuildkitFailure, saysNoOciExport } from './buildkit-log.ts';
import { engineCli } from './cli.ts';
import { containersOf } from './containers.ts';
import { exportWhole, startLog } from './output.ts';
import type { AnyRequest, BuildContext, BuildOptions, Engine } from './types.ts';

/** How a Docker Engine is made able to export OCI layouts. */
export const CONTAINERD_STORE_FIX =
  'Put {"features": {"containerd-snapshotter": true}} into its daemon.json (/etc/docker/daemon.json on Linux, Settings → General in Docker Desktop) and restart it.';

/** What a Docker Engine says of itself. */
export interface DockerInfo {
  readonly version: string;
  readonly architecture: string;
  /** DOCKER_HOST it is reached at. */
  readonly host: string | undefined;
  /** Name of the builder that is this very engine: that of its context. */
  readonly builder: string;
}

/**
 * BuildKit in a Docker Engine, driven by `docker buildx`; on this machine or over ssh.
 *
 * @param exec runs its commands
 * @param info what it says of itself
 * @param warnings for {@link Engine.warnings}
 */
export function buildkitEngine(exec: Exec, info: DockerInfo, warnings: readonly string[]): Engine {
  const cli = engineCli(exec, 'docker', { env: dockerEnvironment(info.host) });
  return {
    name: 'buildkit',
    version: info.version,
    architecture: info.architecture,
    ...(info.host === undefined ? {} : { host: info.host }),
    warnings,
    build: (request, options = {}) => build(exec, info, request, options),
    load: async (layout, names) => {
      const { stdout } = await cli(['load'], { input: await layoutTar(layout) });
      const loaded = parseLoaded(stdout);
      if (loaded === undefined) throw new Error(`docker load did not say what it loaded: ${stdout}`);
      const id = (await cli(['image', 'inspect', '--format', '{{.Id}}', loaded])).stdout.trim();
      for (const name of names) await cli(['tag', id, name]);
      return id;
    },
    ...containersOf(cli, []),
  };
}

async function build(exec: Exec, info: DockerInfo, given: AnyRequest, options: BuildOptions): Promise<void> {
  await withPlainPaths(given, (request) => run(exec, info, request, options));
}

/** buildx reads a layout's path up to an `@` or a `:`, which a folder's name may have: they are reached by links that have none. */
async function withPlainPaths(request: AnyRequest, fn: (request: AnyRequest) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(tmpdir(), 'dockyard-', async (folder) => {
    const contexts: Record<string, BuildContext> = {};
    for (const [index, [name, context]] of Object.entries(request.contexts).entries()) {
      const layout = join(folder, String(index));
      if (context.kind === 'image') await symlink(context.layout, layout);
      contexts[name] = context.kind === 'image' ? { ...context, layout } : context;
    }
    await fn({ ...request, contexts });
  });
}

async function run(exec: Exec, info: DockerInfo, request: AnyRequest, options: BuildOptions): Promise<void> {
  await exportWhole(request, async (folder) => {
    const command = buildCommand(request, { folder, ...info, nonce: randomBytes(8).toString('hex') });
    await startLog(request, command);
    const lines: string[] = [];
    try {
      await exec(command, {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        logFile: request.logFile,
        onLine: (line) => {
          lines.push(line);
          options.onLine?.(line);
        },
      });
    } catch (error) {
      if (!(error instanceof CommandError) || error.aborted || error.notFound) throw error;
      if (saysNoOciExport(lines.join('\n')))
        throw new UserError(`The Docker Engine ${info.host ?? 'of this machine'} can't export OCI layouts.`, {
          hint: CONTAINERD_STORE_FIX,
          cause: error,
        });
      throw buildFailure(error, parseBuildkitFailure(lines), request);
    }
  });
}

/**
 * Reads what `docker load` prints.
 *
 * @param output e.g. `Loaded image: redis:8` or `Loaded image ID: sha256:…`
 * @returns name or id of the last image; undefined when none is named
 */
export function parseLoaded(output: string): string | undefined {
  return [...output.matchAll(/^Loaded image(?: ID)?: (\S+)$/gm)].at(-1)?.[1];
}
