import { CommandError, type Exec } from '@dockyard/exec';
import semver from 'semver';
import { nativePlatform } from './architecture.ts';
import { CONTAINERD_STORE_FIX, type DockerInfo } from './buildkit.ts';
import { DEFAULT_BUILDER, dockerEnvironment } from './buildkit-command.ts';
import type { Found } from './found.ts';
import { isOnThisMachine } from './docker-host.ts';

const OLDEST_ENGINE = '26.0.0';
const OLDEST_BUILDX = '0.13.0';

/**
 * Asks the Docker Engine what it is and whether it can do our builds.
 *
 * @param host DOCKER_HOST; undefined: docker's own choice
 */
export async function findDocker(exec: Exec, host: string | undefined): Promise<Found<DockerInfo>> {
  const env = dockerEnvironment(host);
  const at = host === undefined ? '' : ` at ${host}`;
  let output: string;
  try {
    output = (await exec({ command: 'docker', args: ['info', '--format', 'json'], env }, { timeoutMs: 60_000 })).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.notFound) return { ok: false, present: false, problem: 'docker is not installed' };
    if (error.timedOut) return { ok: false, present: false, problem: `no Docker Engine answers${at} within a minute` };
    const said = parseDockerInfo(error.stdout)?.errors ?? [];
    const why = said[0] ?? error.stderr.trim().split('\n').at(-1) ?? '';
    return { ok: false, present: false, problem: `no Docker Engine answers${at}: ${why}` };
  }
  const info = parseDockerInfo(output);
  if (info === undefined)
    return { ok: false, present: false, problem: 'docker here is no Docker (a wrapper of podman?)' };
  if (info.version === undefined || info.machine === undefined)
    return {
      ok: false,
      present: false,
      problem: `no Docker Engine answers${at}${info.errors.map((text) => `: ${text}`).join('')}`,
    };
  const name = `the Docker Engine ${info.version}${at}`;
  if (semver.lt(semver.coerce(info.version) ?? '0.0.0', OLDEST_ENGINE))
    return {
      ok: false,
      present: true,
      problem: `${name} is too old: its builds can't be reproduced. ${OLDEST_ENGINE} or later is needed.`,
    };
  if (!info.containerdStore)
    return {
      ok: false,
      present: true,
      problem: `${name} lacks the containerd image store and can't export OCI layouts`,
      fix: CONTAINERD_STORE_FIX,
    };

  const buildx = await exec({ command: 'docker', args: ['buildx', 'version'], env }, { reject: false });
  const version = parseBuildxVersion(buildx.stdout);
  if (buildx.exitCode !== 0 || version === undefined)
    return {
      ok: false,
      present: true,
      problem: `docker's buildx plugin is missing`,
      fix: "Install docker-buildx-plugin (Docker's packages) or docker-buildx (Debian's).",
    };
  if (semver.lt(version, OLDEST_BUILDX))
    return {
      ok: false,
      present: true,
      problem: `docker's buildx plugin ${version} is too old: ${OLDEST_BUILDX} or later is needed.`,
    };
  // Where DOCKER_HOST leads, no context does.
  const context = host === undefined ? await chosenContext(exec) : undefined;
  const elsewhere = context !== undefined && !isOnThisMachine(context.host);
  if (elsewhere && context.tls)
    return {
      ok: false,
      present: true,
      problem: `${name} is reached by a Docker context over TCP, so the ports of its containers can't be reached`,
      fix: 'Make and use a context that goes by ssh: docker context create NAME --docker host=ssh://user@host',
    };
  return {
    ok: true,
    value: {
      version: info.version,
      architecture: nativePlatform(info.machine),
      // On this machine docker goes on choosing by itself.
      host: elsewhere ? context.host : host,
      builder: elsewhere || context === undefined ? DEFAULT_BUILDER : context.name,
    },
  };
}

/** Asks which context docker chose itself. */
async function chosenContext(exec: Exec): Promise<DockerContext | undefined> {
  const { stdout, exitCode } = await exec({ command: 'docker', args: ['context', 'inspect'] }, { reject: false });
  return exitCode === 0 ? parseContext(stdout) : undefined;
}

/**
 * Reads `docker context inspect`.
 *
 * @returns undefined where it names no engine
 */
export function parseContext(output: string): DockerContext | undefined {
  let read: unknown;
  try {
    read = JSON.parse(output);
  } catch {
    return undefined;
  }
  const [context] = [read].flat() as (Inspected | null | undefined)[];
  const host = context?.Endpoints?.docker?.Host;
  if (host === undefined || host === '' || context?.Name === undefined) return undefined;
  return { name: context.Name, host, tls: Object.keys(context.TLSMaterial ?? {}).length > 0 };
}

interface DockerContext {
  readonly name: string;
  readonly host: string;
  /** Whether it takes certificates, which DOCKER_HOST doesn't name. */
  readonly tls: boolean;
}

/** The part of `docker context inspect` that is read. */
interface Inspected {
  Name?: string;
  Endpoints?: { docker?: { Host?: string } };
  TLSMaterial?: Record<string, unknown> | null;
}

/**
 * Reads `docker info --format json`.
 *
 * @returns undefined when it isn't Docker's; `version` is missing when the client found no engine, and `errors` says why
 */
export function parseDockerInfo(
  output: string,
): { version?: string; machine?: string; containerdStore: boolean; errors: readonly string[] } | undefined {
  let info: Info;
  try {
    info = JSON.parse(output) as Info;
  } catch {
    return undefined;
  }
  if (info.ClientInfo === undefined && info.ServerVersion === undefined) return undefined;
  return {
    ...(info.ServerVersion === undefined || info.ServerVersion === '' ? {} : { version: info.ServerVersion }),
    ...(info.Architecture === undefined || info.Architecture === '' ? {} : { machine: info.Architecture }),
    containerdStore: (info.DriverStatus ?? []).some(([, value]) => value === 'io.containerd.snapshotter.v1'),
    errors: info.ServerErrors ?? [],
  };
}

/**
 * Reads `docker buildx version`.
 *
 * @param output e.g. `github.com/docker/buildx v0.17.1 257815a`; Debian's has no v
 */
export function parseBuildxVersion(output: string): string | undefined {
  return semver.coerce(output.trim().split(' ')[1] ?? '')?.version;
}

/** The part of `docker info` that is read. */
interface Info {
  ServerVersion?: string;
  Architecture?: string;
  DriverStatus?: [string, string][] | null;
  ServerErrors?: string[];
  ClientInfo?: unknown;
}
