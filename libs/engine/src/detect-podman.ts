import { readFile } from 'node:fs/promises';
import { CommandError, type Exec } from '@dockyard/exec';
import semver from 'semver';
import { ailmentOf, ourselves, withoutIds, withoutNames } from './ailments.ts';
import { nativePlatform } from './architecture.ts';
import type { Found } from './found.ts';
import type { PodmanInfo } from './podman-store.ts';

const OLDEST = '4.2.0';

/** Images have files of users up to 65,534. */
const ENOUGH_IDS = 65_535;

/** Asks podman what it is. */
export async function findPodman(exec: Exec): Promise<Found<PodmanInfo>> {
  let output: string;
  try {
    output = (await exec({ command: 'podman', args: ['info', '--format', 'json'] }, { timeoutMs: 60_000 })).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.notFound) return { ok: false, present: false, problem: 'podman is not installed' };
    const ailment = ailmentOf(error.stderr, await ourselves());
    const said = `podman info failed: ${lastWord(error.stderr)}`;
    if (ailment === undefined) return { ok: false, present: true, problem: said };
    return { ok: false, present: true, problem: `${said}. ${ailment.what}`, fix: ailment.fix };
  }
  const info = parsePodmanInfo(output, parseUlimits(await readFile('/proc/self/limits', 'utf8').catch(() => '')));
  if (info === undefined) return { ok: false, present: true, problem: 'podman info printed what we do not understand' };
  if (info === 'remote')
    return {
      ok: false,
      present: true,
      problem: 'podman here is only a client of a virtual machine: its builds are not supported',
    };
  if (semver.lt(semver.coerce(info.version) ?? '0.0.0', OLDEST))
    return {
      ok: false,
      present: true,
      problem: `podman ${info.version} is too old: named build contexts need ${OLDEST}`,
    };
  if (info.rootless && info.ids < ENOUGH_IDS) {
    const { what, fix } = withoutIds(await ourselves());
    return { ok: false, present: true, problem: `podman ${info.version} can't unpack images: ${what}`, fix };
  }
  if (!info.names) {
    const { what, fix } = withoutNames(await ourselves());
    return { ok: false, present: true, problem: `podman ${info.version} is there, but ${what}`, fix };
  }
  return { ok: true, value: info };
}

/** The last line that podman printed, without the frame of its log. */
function lastWord(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return (/ msg="(.*)"$/.exec(line)?.[1] ?? line).replace(/\.$/, '');
}

/**
 * Reads `podman info --format json`.
 *
 * @param ulimits for {@link PodmanInfo.ulimits}
 * @returns `remote` when podman runs elsewhere; undefined when it is no answer of podman's
 */
export function parsePodmanInfo(output: string, ulimits: readonly string[]): PodmanInfo | 'remote' | undefined {
  let info: Info;
  try {
    info = JSON.parse(output) as Info;
  } catch {
    return undefined;
  }
  const { host, store, version } = info;
  if (host?.serviceIsRemote === true) return 'remote';
  const runtime = host?.ociRuntime?.path;
  if (host?.arch === undefined || runtime === undefined || version?.Version === undefined) return undefined;
  if (store?.graphRoot === undefined || store.runRoot === undefined || store.graphDriverName === undefined)
    return undefined;
  return {
    version: version.Version,
    architecture: nativePlatform(host.arch, host.variant),
    graphRoot: store.graphRoot,
    runRoot: store.runRoot,
    graphDriver: store.graphDriverName,
    graphOptions: Object.entries(store.graphOptions ?? {}).flatMap(([name, value]) => {
      const text = typeof value === 'string' ? value : value.Executable;
      return text === undefined ? [] : [`${name}=${text}`];
    }),
    runtime,
    rootless: host.security?.rootless === true,
    // Podman 4 doesn't say.
    names: host.networkBackendInfo?.backend !== 'netavark' || host.networkBackendInfo.dns?.path !== undefined,
    ids: Math.min(...[host.idMappings?.uidmap, host.idMappings?.gidmap].map(size)),
    // Podman 4 raises none, and is refused nproc even as it is.
    ulimits: semver.major(semver.coerce(version.Version) ?? '0.0.0') < 5 ? [] : ulimits,
  };
}

function size(map: readonly { size?: number }[] | null | undefined): number {
  return (map ?? []).reduce((sum, { size = 0 }) => sum + size, 0);
}

/**
 * Reads the limits that podman would raise from `/proc/self/limits`.
 *
 * @returns in the words of `--ulimit`, e.g. `nofile=1024:524288`
 */
export function parseUlimits(limits: string): string[] {
  return [
    ['nofile', 'Max open files'],
    ['nproc', 'Max processes'],
  ].flatMap(([name, title]) => {
    const match = new RegExp(`^${title} +(\\d+|unlimited) +(\\d+|unlimited) `, 'm').exec(limits);
    return match === null ? [] : [`${name}=${match[1]}:${match[2]}`.replaceAll('unlimited', '-1')];
  });
}

/** The part of `podman info` that is read; any of it may be missing in what isn't podman. */
interface Info {
  host?: {
    arch?: string;
    variant?: string;
    serviceIsRemote?: boolean;
    ociRuntime?: { path?: string };
    security?: { rootless?: boolean };
    networkBackendInfo?: { backend?: string; dns?: { path?: string } };
    idMappings?: { uidmap?: { size?: number }[] | null; gidmap?: { size?: number }[] | null };
  };
  store?: {
    graphRoot?: string;
    runRoot?: string;
    graphDriverName?: string;
    graphOptions?: Record<string, string | { Executable?: string }>;
  };
  version?: { Version?: string };
}
