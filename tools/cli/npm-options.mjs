/**
 * Finds an option that changes what npm does, and that nobody gives a script of this repository: `npm run` takes options before `--` for itself, and
 * one whose letters are all short options of npm's for each of these.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {'force' | 'global' | undefined}
 */
export function steered(env) {
  // npx takes nothing that stands behind the command.
  if (env.npm_lifecycle_event === undefined || env.npm_lifecycle_event === 'npx') return undefined;
  return /** @type {const} */ (['force', 'global']).find((name) => env[`npm_config_${name}`] === 'true');
}
