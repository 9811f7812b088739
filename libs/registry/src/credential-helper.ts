import { type Exec, UserError } from '@dockyard/exec';
import { z } from 'zod';
import type { Credentials } from './auth-file.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const answer = z.object({ Username: z.string(), Secret: z.string() });

/**
 * Asks one of Docker's credential helpers: the host on its stdin, JSON on its stdout.
 *
 * @param helper what stands behind `docker-credential-`
 * @param hosts the names by which it may know the registry, in order
 * @param exec runs it
 * @returns undefined where it knows none of them
 * @throws {UserError} it isn't there, or fails; nothing that it printed is shown
 */
export async function askHelper(
  helper: string,
  hosts: readonly string[],
  exec: Exec,
): Promise<Credentials | undefined> {
  const command = `docker-credential-${helper}`;
  const failed = (host: string, cause?: unknown): UserError =>
    new UserError(`${command} gives no credentials for ${host}.`, {
      hint: 'Run docker login or podman login, or correct credHelpers and credsStore in the file of credentials.',
      ...(cause !== undefined && { cause }),
    });
  if (!NAME.test(helper))
    throw new UserError(`${JSON.stringify(helper)} is no name of a credential helper.`, {
      hint: 'credHelpers and credsStore hold what stands behind docker-credential-, such as "pass".',
    });
  for (const host of hosts) {
    const { exitCode, stdout, stderr } = await exec({ command, args: ['get'], input: host }, { reject: false }).catch(
      (error: unknown) => {
        throw failed(host, error);
      },
    );
    if (exitCode !== 0) {
      // So all helpers say that they don't know it.
      if (/not found/i.test(stdout + stderr)) continue;
      throw failed(host);
    }
    const parsed = answer.safeParse(parseJson(stdout));
    if (!parsed.success) throw failed(host);
    return { username: parsed.data.Username, password: parsed.data.Secret };
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
