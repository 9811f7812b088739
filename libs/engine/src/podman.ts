import { randomBytes } from 'node:crypto';
import { constants, cp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CommandError, type Exec, withTemporaryDirectory } from '@dockyard/exec';
import { readImage } from '@dockyard/oci';
import { buildFailure } from './build-failure.ts';
import { type Cli, engineCli } from './cli.ts';
import { containersOf } from './containers.ts';
import { exportWhole, startLog } from './output.ts';
import { buildCommand, imageId, saveCommand } from './podman-command.ts';
import { parsePodmanFailure } from './podman-log.ts';
import { parentStore, removeDamagedParents } from './podman-parents.ts';
import { PODMAN_FLAGS, type PodmanInfo, storesFolder, withPodmanStore } from './podman-store.ts';
import type { BuildContext, BuildOptions, AnyRequest, Engine } from './types.ts';

/**
 * Podman on this machine, with root's rights or without.
 *
 * @param given runs its commands
 * @param info what it says of itself
 * @param warnings for {@link Engine.warnings}
 */
export function podmanEngine(given: Exec, info: PodmanInfo, warnings: readonly string[]): Engine {
  const exec = inPodmansEnvironment(given);
  const cli = engineCli(exec, 'podman', { flags: PODMAN_FLAGS });
  return {
    name: 'podman',
    version: info.version,
    architecture: info.architecture,
    warnings,
    build: (request, options = {}) => build(exec, info, request, options),
    load: async (layout, names) => {
      const { manifest } = await readImage(layout);
      const id = await pull(cli, layout, manifest.config.digest);
      for (const name of names) await cli(['tag', id, name]);
      return id;
    },
    ...containersOf(cli, ['--time', '0']),
  };
}

/**
 * Nothing is pulled from a registry, so no credentials are needed; and where these variables name a file that isn't there, podman 4.3 neither
 * pulls from a layout nor runs a container. Debian gives users other than root no sbin, where iptables is, without which no container gets a
 * network.
 */
function inPodmansEnvironment(exec: Exec): Exec {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const missing = ['/usr/sbin', '/sbin'].filter((folder) => !path.includes(folder));
  const env = {
    DOCKER_CONFIG: undefined,
    REGISTRY_AUTH_FILE: undefined,
    ...(missing.length > 0 && { PATH: [...path, ...missing].join(delimiter) }),
  };
  return (command, options) => exec({ ...command, env: { ...env, ...command.env } }, options);
}

async function build(exec: Exec, info: PodmanInfo, request: AnyRequest, options: BuildOptions): Promise<void> {
  const parents: string[] = [];
  try {
    await buildOn(parents, exec, info, request, options);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    const damaged = await removeDamagedParents(exec, info, parents);
    if (damaged === 0) throw error;
    options.onLine?.(
      `${String(damaged)} of the parents that are unpacked in ${storesFolder(info)} ${damaged === 1 ? 'is' : 'are'} damaged: unpacked anew, and built again`,
    );
    await buildOn([], exec, info, request, options);
  }
}

/** @param parents takes the stores of the request's parents */
async function buildOn(
  parents: string[],
  exec: Exec,
  info: PodmanInfo,
  request: AnyRequest,
  options: BuildOptions,
): Promise<void> {
  const { signal } = options;
  const cancel = signal === undefined ? {} : { signal };
  const names = new Map<string, string>();
  for (const [name, context] of Object.entries(request.contexts)) {
    if (context.kind !== 'image') continue;
    const id = imageId(context.config);
    if (!names.has(id))
      parents.push(
        await parentStore(exec, info, context.config, (cli) => pull(cli, context.layout, context.config, signal)),
      );
    names.set(id, name);
  }
  // Podman shows the id that stands for a context; a person wrote the name.
  const withNames = (line: string): string => [...names].reduce((text, [id, name]) => text.replaceAll(id, name), line);
  await withPodmanStore(exec, info, parents, async (store) => {
    await exportWhole(request, async (folder) => {
      const iidfile = join(store.folder, 'iid');
      const command = buildCommand(request, { store, iidfile, ulimits: info.ulimits });
      await startLog(request, command);
      const lines: string[] = [];
      const streaming = {
        ...cancel,
        logFile: request.logFile,
        onLine: (line: string) => {
          const named = withNames(line);
          lines.push(named);
          options.onLine?.(named);
        },
      };
      try {
        await exec(command, streaming);
        const id = await readFile(iidfile, 'utf8').catch(() => undefined);
        // Podman ends with 0 when it is told to stop.
        if (id === undefined) throw new CommandError(command, { exitCode: 0 });
        if (folder === undefined) return;
        const built = imageId(id.trim());
        const untouched = Object.values(request.contexts).find((context) => isImage(context, built));
        // Of an image that came in by pull, podman 4.3 saves uncompressed layers that it calls compressed.
        if (untouched?.kind === 'image')
          await cp(untouched.layout, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
        else await exec(saveCommand(built, store, folder), streaming);
      } catch (error) {
        if (!(error instanceof CommandError) || error.aborted || error.notFound) throw error;
        throw buildFailure(error, parsePodmanFailure(lines), request);
      }
    });
  });
}

function isImage(context: BuildContext, id: string): boolean {
  return context.kind === 'image' && imageId(context.config) === id;
}

/** Puts the image of a layout into the store, under no name. */
async function pull(cli: Cli, layout: string, config: string, signal?: AbortSignal): Promise<string> {
  const id = imageId(config);
  const cancel = signal === undefined ? {} : { signal };
  const exists = async () => (await cli(['image', 'exists', id], { ...cancel, reject: false })).exitCode === 0;
  if (await exists()) return id;
  await withTemporaryDirectory(tmpdir(), 'dockyard-', async (folder) => {
    // Podman makes the layout's path the image's name, and fails when that is no valid name.
    const name = `dockyard-${randomBytes(8).toString('hex')}`;
    await symlink(layout, join(folder, name));
    await cli(['pull', '--quiet', `oci:${name}`], { ...cancel, cwd: folder });
    await cli(['untag', id, `localhost/${name}:latest`], { reject: false });
    await rm(join(folder, name));
  });
  if (!(await exists())) throw new Error(`Podman pulled ${layout}, but has no image ${id}.`);
  return id;
}
