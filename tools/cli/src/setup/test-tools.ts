import { UserError } from '@dockyard/exec';
import { findProgram, mayBecomeRoot } from './facts.ts';
import { aptGet } from './apt.ts';

/** What the tests look at our output with, and build from: the program's path or name, and its Debian package. */
const TOOLS = [
  { program: 'skopeo', debianPackage: 'skopeo' },
  { program: 'umoci', debianPackage: 'umoci' },
  { program: 'gpg', debianPackage: 'gpg' },
  { program: 'gpgv', debianPackage: 'gpgv' },
  { program: 'busybox', debianPackage: 'busybox-static' },
  // gitlab-ci-local copies with it.
  { program: 'rsync', debianPackage: 'rsync' },
] as const;

/**
 * Installs the programs that integration tests run besides the engines, with apt-get, where they are missing.
 *
 * @param announce called with a line before anything is installed
 * @throws {UserError} something is missing and we may not install it
 * @throws {CommandError} apt-get failed
 */
export async function ensureTestTools(announce: (line: string) => void): Promise<void> {
  const found = await Promise.all(TOOLS.map(async (tool) => ({ ...tool, path: await findProgram(tool.program) })));
  const missing = found.filter(({ path }) => path === undefined).map(({ debianPackage }) => debianPackage);
  if (missing.length === 0) return;
  const uid = process.getuid?.() ?? -1;
  if ((await findProgram('apt-get')) === undefined || !(await mayBecomeRoot(uid))) {
    throw new UserError(`The tests need ${missing.join(', ')}.`, { hint: `Install: ${missing.join(' ')}` });
  }
  announce(`installing what the tests look with: ${missing.join(', ')}`);
  await aptGet(uid, 'update');
  await aptGet(uid, 'install', '--yes', '--no-install-recommends', ...missing);
}
