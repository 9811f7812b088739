import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exec, UserError, writeFileAtomic } from '@dockyard/exec';

/** Where Renovate is installed: apart from the workspace, because it is larger than everything else together. */
export const RUNTIME = 'tools/renovate/runtime';

export interface InstallOptions {
  /** Called with a line before anything is installed. */
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Programs of the installed Renovate. */
export interface Runtime {
  /** Absolute path of its folder in node_modules. */
  readonly folder: string;
  readonly renovate: string;
  readonly validator: string;
}

/**
 * Installs Renovate as its lock file has it, unless that was done before.
 *
 * @param exec what runs npm
 * @param workspace absolute path of the workspace root
 * @param options what it says and what ends it
 * @throws {UserError} npm failed
 */
export async function ensureRenovate(exec: Exec, workspace: string, options: InstallOptions = {}): Promise<Runtime> {
  const cwd = join(workspace, RUNTIME);
  const lock = await readFile(join(cwd, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  // npm ci begins by removing node_modules, and this with it.
  const installed = join(cwd, 'node_modules', '.installed');
  if (!existsSync(installed) || (await readFile(installed, 'utf8')) !== digest) {
    options.report?.(`installing Renovate in ${RUNTIME}; that is done once and takes a minute`);
    // Without what is optional: re2 would be compiled for minutes, and Renovate does without it.
    const { exitCode, stderr } = await exec(
      { command: 'npm', args: ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'], cwd },
      { reject: false, ...(options.signal !== undefined && { signal: options.signal }) },
    );
    if (exitCode !== 0)
      throw new UserError(`npm could not install Renovate:\n${stderr}`, {
        hint: `Try it alone: cd ${RUNTIME} && npm ci`,
      });
    await writeFileAtomic(installed, digest);
  }
  const bin = (name: string): string => join(cwd, 'node_modules', '.bin', name);
  return {
    folder: join(cwd, 'node_modules', 'renovate'),
    renovate: bin('renovate'),
    validator: bin('renovate-config-validator'),
  };
}
