import type { Command, CommandResult, Exec, ExecOptions } from '@dockyard/exec';

/** Calls an engine's command line program. */
export type Cli = (
  args: readonly string[],
  options?: ExecOptions & Pick<Command, 'cwd' | 'input'>,
) => Promise<CommandResult>;

/**
 * Binds a program and its environment.
 *
 * @param exec runs it
 * @param command e.g. `podman`
 * @param o.env added to our environment
 * @param o.flags go before the arguments of every call
 */
export function engineCli(
  exec: Exec,
  command: string,
  { env = {}, flags = [] }: { env?: Readonly<Record<string, string | undefined>>; flags?: readonly string[] } = {},
): Cli {
  return (args, options = {}) => {
    const { input, cwd, ...rest } = options;
    return exec(
      {
        command,
        args: [...flags, ...args],
        env,
        ...(input === undefined ? {} : { input }),
        ...(cwd === undefined ? {} : { cwd }),
      },
      rest,
    );
  };
}
