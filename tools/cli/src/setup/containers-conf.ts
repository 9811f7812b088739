/** What decides how Podman must be configured on a machine. */
export interface ContainerFacts {
  readonly uid: number;
  /** The machine has cgroups v2 only (`/sys/fs/cgroup/cgroup.controllers` exists). */
  readonly cgroupsV2: boolean;
  /** The controllers that its root has; of v2 only. */
  readonly controllers: readonly string[];
  /** Hard limit of open files, and of processes; `Infinity` where unlimited. */
  readonly openFiles: number;
  readonly processes: number;
  /** Whether we may raise hard limits (CAP_SYS_RESOURCE). */
  readonly mayRaiseLimits: boolean;
  readonly hasCrun: boolean;
  readonly hasRunc: boolean;
  /** All containers.conf files of the machine but the one that this is for, concatenated. */
  readonly configured: string;
}

// What Podman asks for as root (containers/common, `getDefaultProcessLimits`).
const PODMAN_LIMIT = 1_048_576;

/**
 * Decides which settings Podman needs here that nobody has made yet.
 *
 * @returns text of a file for containers.conf.d, or undefined where the defaults work
 */
export function containersConf(facts: ContainerFacts): string | undefined {
  const isSet = (name: string): boolean => new RegExp(`^\\s*${name}\\s*=`, 'm').test(facts.configured);
  const lines: string[] = [];
  // Without root Podman lowers its wishes to what it may have.
  const tooLow = facts.openFiles < PODMAN_LIMIT || facts.processes < PODMAN_LIMIT;
  const containers = [
    ...(facts.uid === 0 && tooLow && !facts.mayRaiseLimits && !isSet('default_ulimits')
      ? ['default_ulimits = []']
      : []),
    // Where v1 has the controllers, a v2 beside it is empty, and Podman asks it for a limit of processes all the same.
    ...(facts.uid === 0 && facts.cgroupsV2 && !facts.controllers.includes('pids') && !isSet('pids_limit')
      ? ['pids_limit = 0']
      : []),
  ];
  if (containers.length > 0) lines.push('[containers]', ...containers);
  const crunWorks = facts.hasCrun && facts.cgroupsV2;
  if (!crunWorks && facts.hasRunc && !isSet('runtime')) lines.push('[engine]', 'runtime = "runc"');
  return lines.length === 0
    ? undefined
    : `# Written by Dockyard: what Podman needs on this machine.\n${lines.join('\n')}\n`;
}

/**
 * The settings of a file that {@link containersConf} wrote, for a person.
 *
 * @param text of the file
 */
export function settingsIn(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.includes('='))
    .join(', ');
}

/**
 * Reads a hard limit from `/proc/self/limits`.
 *
 * @param text the file
 * @param name such as `Max open files`
 */
export function hardLimit(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(name)) ?? '';
  const value = line.slice(name.length).trim().split(/\s+/)[1];
  return value === undefined || value === 'unlimited' ? Infinity : Number(value);
}

/** Whether `/proc/self/status` shows CAP_SYS_RESOURCE among the effective capabilities. */
export function mayRaiseLimits(status: string): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${hex}`) >> 24n) & 1n) === 1n;
}
