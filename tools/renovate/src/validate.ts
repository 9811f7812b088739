import { type Exec, UserError } from '@dockyard/exec';
import { renovateEnvironment } from './environment.ts';
import type { Runtime } from './runtime.ts';

/**
 * Has renovate.json checked by Renovate's own validator, which takes nothing outdated either.
 *
 * @param exec what runs it
 * @param runtime the installed Renovate
 * @param workspace absolute path of the workspace root
 * @param signal ends it
 * @throws {UserError} with what the validator says is wrong
 */
export async function validate(exec: Exec, runtime: Runtime, workspace: string, signal?: AbortSignal): Promise<void> {
  const { exitCode, stdout, stderr } = await exec(
    {
      command: runtime.validator,
      args: ['--strict', 'renovate.json'],
      cwd: workspace,
      env: { ...renovateEnvironment(process.env), LOG_LEVEL: 'warn' },
    },
    { reject: false, ...(signal !== undefined && { signal }) },
  );
  if (exitCode === 0) return;
  throw new UserError(`renovate.json is wrong:\n${[stdout, stderr].join('\n').trim()}`);
}
