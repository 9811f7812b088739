import { type Availability, isExecutable, onPath } from '../availability.ts';
import { ensureProgram } from '../debian-program.ts';
import { labFolder, labPaths } from '../paths.ts';

const PACKAGE = 'docker-registry';

// setpriv is in util-linux, which every Debian has; with it the registry ends however its tests end.
const PROGRAMS = ['apt-get', 'dpkg-deb', 'setpriv'] as const;

export interface RegistryProgramOptions {
  /** The lab's folder; by default the one that all tests share. */
  readonly dir?: string;
  /** Called with a line about each slow step; silent by default. */
  readonly report?: (line: string) => void;
}

/**
 * Tells whether this machine can have the reference registry; changes nothing. It needs no root, and no right to mount.
 *
 * @param options where it would lie
 */
export async function registryAvailability(options: RegistryProgramOptions = {}): Promise<Availability> {
  const no = (reason: string): Availability => ({ available: false, reason });
  if (process.platform !== 'linux') return no(`the registry needs Linux; this machine runs ${process.platform}`);
  const there = await isExecutable(labPaths(options.dir ?? labFolder()).registry);
  const missing: string[] = [];
  for (const program of there ? ['setpriv'] : PROGRAMS) if (!(await onPath(program))) missing.push(program);
  if (missing.length > 0) return no(`the registry is a Debian package; missing here: ${missing.join(', ')}`);
  return { available: true };
}

/**
 * Tells whether tests are to use the registry: in CI always, so that they fail where it can't be had; elsewhere unless `npm test` couldn't
 * have it (`DOCKYARD_TEST_REGISTRY=none`; it then lists it as left out) or this machine can't.
 */
export async function registryIsTested(): Promise<boolean> {
  if (process.env['CI'] === 'true') return true;
  return process.env['DOCKYARD_TEST_REGISTRY'] !== 'none' && (await registryAvailability()).available;
}

/**
 * Has Debian's package of the reference registry (CNCF Distribution) unpacked into the lab's folder, where it isn't yet. Nothing is installed
 * on the machine: the package itself would start a service. Safe when called by several processes at once.
 *
 * @param options where it lies
 * @returns absolute path of the program
 * @throws {UserError} the package can't be had
 */
export async function ensureRegistry(options: RegistryProgramOptions = {}): Promise<string> {
  const to = labPaths(options.dir ?? labFolder()).registry;
  return await ensureProgram({ ...options, package: PACKAGE, program: 'usr/bin/docker-registry', to });
}
