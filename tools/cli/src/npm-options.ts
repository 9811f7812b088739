import { UserError } from '@dockyard/exec';
import type { Command } from 'commander';

/**
 * Refuses to run where `npm run` took options of a command for itself, as it does with all that stand before `--`: npm up to 11 makes settings of
 * them and says nothing.
 *
 * @param program the command line
 * @param args what npm left of it
 * @param env npm's settings are in there
 * @throws {UserError} an option was taken, with the command that hands it on
 */
export function refuseTakenOptions(
  program: Command,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  // Under npx nothing is taken, and what our own scripts run is not what the user typed.
  if (args[0] === undefined || env['npm_lifecycle_event'] !== args[0]) return;
  let command = program;
  const words: string[] = [];
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (next === undefined) break;
    command = next;
    words.push(arg);
  }
  const taken = command.options.filter(({ long }) => {
    if (typeof long !== 'string' || args.includes(long)) return false;
    const value = env[`npm_config_${long.slice(2).replaceAll('-', '_')}`];
    return value !== undefined && value !== '' && value !== 'false';
  });
  const [first] = taken;
  if (first === undefined) return;
  const rest = taken.some(({ required }) => required) ? ['…'] : args.slice(words.length);
  const line = ['npx dockyard', ...words, ...rest, ...taken.map(({ flags }) => flags)].join(' ');
  throw new UserError(`npm took ${first.long ?? first.flags} for an option of its own, and nothing was done.`, {
    hint: `Use: ${line}`,
  });
}
