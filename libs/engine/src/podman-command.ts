import { basename, dirname } from 'node:path';
import type { Command } from '@dockyard/exec';
import { csvField } from './csv.ts';
import type { AnyRequest } from './types.ts';
import type { PodmanStore } from './podman-store.ts';

/**
 * The `podman build` of a request.
 *
 * @param request what to build; its image contexts must be in the engine's store already
 * @param o.store the private store it runs in
 * @param o.iidfile where podman writes the id of the image
 * @param o.ulimits `name=soft:hard` for what runs in it
 * @returns the command; for podman 4.2 and later
 */
export function buildCommand(
  request: AnyRequest,
  { store, iidfile, ulimits }: { store: PodmanStore; iidfile: string; ulimits: readonly string[] },
): Command {
  return {
    command: 'podman',
    args: [
      ...store.args,
      'build',
      '--runtime-flag',
      `root=${store.runtimeState}`,
      '--platform',
      request.platform,
      // HEALTHCHECK exists only there.
      '--format',
      'docker',
      '--network',
      'none',
      // Podman hands proxy variables of our environment to every step.
      '--http-proxy=false',
      '--pull=never',
      ...ulimits.flatMap((ulimit) => ['--ulimit', ulimit]),
      // Nx is the only cache. Without layers podman also leaves no intermediate images behind, and commits once instead of after each step.
      '--no-cache',
      '--layers=false',
      ...Object.entries(request.buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...Object.entries(request.contexts).flatMap(([name, context]) => [
        '--build-context',
        // By id: no name is made that another build could move.
        `${name}=${context.kind === 'directory' ? context.path : `container-image://${imageId(context.config)}`}`,
      ]),
      '--iidfile',
      iidfile,
      '--file',
      csvField(request.dockerfile),
      request.context,
    ],
    // No --timestamp, which podman from 5.6 on refuses beside a build argument SOURCE_DATE_EPOCH: finishImage sets all times.
    env: {
      SOURCE_DATE_EPOCH: undefined,
      // Podman keeps cache mounts there.
      ...(request.fromNothing === true && { TMPDIR: store.folder }),
    },
  };
}

/**
 * The `podman save` that exports what was built, with layers as they are: compressing is finishImage's.
 *
 * @param id of the image
 * @param output absolute path of an absent folder
 */
export function saveCommand(id: string, store: PodmanStore, output: string): Command {
  return {
    command: 'podman',
    args: [...store.args, 'save', '--quiet', '--format', 'docker-dir', '--output', basename(output), id],
    // Podman takes no path with a colon.
    cwd: dirname(output),
  };
}

/**
 * Podman's id of an image.
 *
 * @param config `sha256:…` of its configuration
 */
export function imageId(config: string): string {
  return config.replace(/^sha256:/, '');
}
