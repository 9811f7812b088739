/** Settings that a run may take from outside: credentials, which are nobody else's to give. */
const GIVEN = ['RENOVATE_TOKEN', 'RENOVATE_GITHUB_COM_TOKEN', 'RENOVATE_HOST_RULES'];

/**
 * The environment of every run of Renovate: no settings of whoever runs it but credentials, and no word about re2, which is left out on purpose.
 *
 * @param env ours
 * @returns what to change in it
 */
export function renovateEnvironment(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const foreign = Object.keys(env).filter((name) => name.startsWith('RENOVATE_') && !GIVEN.includes(name));
  return {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    RENOVATE_X_IGNORE_RE2: 'true',
  };
}
