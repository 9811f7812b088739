import type { Command } from '@dockyard/exec';
import { csvField } from './csv.ts';
import type { AnyRequest } from './types.ts';

/** buildx's builder of what DOCKER_HOST names. */
export const DEFAULT_BUILDER = 'default';

/**
 * The environment of docker's command line.
 *
 * @param host DOCKER_HOST; undefined leaves the choice to docker
 */
export function dockerEnvironment(host: string | undefined): Record<string, string | undefined> {
  // A context that was chosen for this machine must not win over the host that was asked for.
  return host === undefined ? {} : { DOCKER_HOST: host, DOCKER_CONTEXT: undefined };
}

/**
 * The `docker buildx build` of a request.
 *
 * @param request what to build
 * @param o.folder where the OCI layout is written, absent yet; undefined keeps nothing
 * @param o.host DOCKER_HOST
 * @param o.builder buildx's name of the engine
 * @param o.nonce letters and digits that no other build has
 * @returns the command; for buildx 0.13 and Docker Engine 26 or later
 */
export function buildCommand(
  request: AnyRequest,
  {
    folder,
    host,
    builder,
    nonce,
  }: { folder: string | undefined; host: string | undefined; builder: string; nonce: string },
): Command {
  const fromNothing = request.fromNothing === true;
  const buildArgs = {
    ...NO_PROXIES,
    ...request.buildArgs,
    SOURCE_DATE_EPOCH: String(request.epoch),
    // Cache mounts of a namespace that no build had before; BuildKit's garbage collection takes them.
    ...(fromNothing && { BUILDKIT_CACHE_MOUNT_NS: nonce }),
  };
  const output =
    folder === undefined ? 'type=cacheonly' : ['type=oci', csvField(`dest=${folder}`), 'tar=false'].join(',');
  return {
    command: 'docker',
    args: [
      'buildx',
      'build',
      // The engine that was examined, whatever `docker buildx create --use` or BUILDX_BUILDER chose.
      '--builder',
      builder,
      '--progress',
      'plain',
      '--platform',
      request.platform,
      '--network',
      'none',
      // Nx is the only cache: a host that no build had before makes every RUN run. --no-cache would do that too, but it empties the cache mounts.
      '--add-host',
      `dockyard-build-${nonce}:127.0.0.1`,
      ...(fromNothing ? ['--no-cache'] : []),
      '--provenance=false',
      '--sbom=false',
      '--output',
      output,
      ...Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...Object.entries(request.contexts).flatMap(([name, context]) => [
        '--build-context',
        `${name}=${context.kind === 'directory' ? context.path : `oci-layout://${context.layout}@${context.digest}`}`,
      ]),
      '--file',
      request.dockerfile,
      request.context,
    ],
    env: { ...dockerEnvironment(host), SOURCE_DATE_EPOCH: undefined },
  };
}

/** docker hands the proxies of its config.json to every step, unless they are given. */
const NO_PROXIES = Object.fromEntries(
  ['http', 'https', 'ftp', 'no', 'all']
    .flatMap((kind) => [`${kind}_proxy`, `${kind}_proxy`.toUpperCase()])
    .map((name) => [name, '']),
);
