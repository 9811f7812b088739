/**
 * Finds an option that changes what npm does, and that nobody gives a script of this repository: `npm run` takes options before `--` for itself, and
 * one whose letters are all short options of npm's for each of these.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {'force' | 'global' | undefined}
 */
export function steered(env) {
  if (!/^run(-script)?$/.test(env.npm_command ?? '')) return undefined;
  return /** @type {const} */ (['force', 'global']).find((name) => env[`npm_config_${name}`] === 'true');
}
