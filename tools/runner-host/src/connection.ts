import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { CommandError, exec, UserError, withTemporaryDirectory } from '@dockyard/exec';

/** A way to run scripts as root on a host. */
export interface Connection {
  /**
   * Runs POSIX sh as root. The script goes through stdin, so nothing of it is in an argument list.
   *
   * @param script what to run
   * @param options.fresh over a new ssh connection instead of the shared one
   * @param options.timeoutMs after which it is given up
   * @returns its stdout
   * @throws {CommandError} it failed
   */
  run(script: string, options?: { fresh?: boolean; timeoutMs?: number }): Promise<string>;
  /**
   * Logs in anew: what is shared from now on is a new ssh connection.
   *
   * @throws {UserError} none comes through
   */
  renew(): Promise<void>;
}

/**
 * Writes the arguments of ssh(1).
 *
 * @param address `ssh://[user@]host[:port]`
 * @param control socket of the shared connection; undefined for a connection of its own
 */
export function sshArguments(address: string, control: string | undefined): string[] {
  const url = new URL(address);
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=30',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    ...(control === undefined ? ['ControlMaster=no', 'ControlPath=none'] : [`ControlPath=${control}`]),
  ];
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return [
    ...options.flatMap((option) => ['-o', option]),
    ...(url.port === '' ? [] : ['-p', url.port]),
    '--',
    url.username === '' ? host : `${decodeURIComponent(url.username)}@${host}`,
  ];
}

const SHELL =
  'export DOCKYARD_SSH="$SSH_CONNECTION"; [ "$(id -u)" = 0 ] && exec sh -s; exec sudo -n --preserve-env=DOCKYARD_SSH sh -s';

/**
 * Connects to a host over the system's ssh, with its configuration, keys and known hosts.
 *
 * @param address `ssh://[user@]host[:port]`
 * @param signal ends it
 * @param secrets what no output and no error may show
 * @param use what uses the connection
 * @returns what `use` returned
 * @throws {UserError} it can't be reached
 */
export async function withConnection<T>(
  address: string,
  signal: AbortSignal,
  secrets: readonly string[],
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  return await withTemporaryDirectory(tmpdir(), 'dockyard-ssh-', async (folder) => {
    const control = join(folder, 'c');
    const open = async (): Promise<void> => {
      await exec(
        { command: 'ssh', args: ['-M', '-N', '-f', '-o', 'ControlPersist=yes', ...sshArguments(address, control)] },
        { signal, timeoutMs: 60_000 },
      ).catch((error: unknown) => {
        throw unreachable(address, error);
      });
    };
    const close = async (): Promise<void> => {
      await exec(
        { command: 'ssh', args: ['-O', 'exit', ...sshArguments(address, control)] },
        { reject: false, timeoutMs: 10_000 },
      ).catch(() => undefined);
    };
    await open();
    try {
      return await use({
        run: async (script, options = {}) => {
          const shared = options.fresh === true ? undefined : control;
          const { stdout } = await exec(
            { command: 'ssh', args: [...sshArguments(address, shared), SHELL], input: script },
            { signal, redact: secrets, ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }) },
          );
          return stdout;
        },
        renew: async () => {
          await close();
          await open();
        },
      });
    } finally {
      await close();
    }
  });
}

function unreachable(address: string, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const said = error.stderr.trim();
  return new UserError(`${address} can't be reached.${said === '' ? '' : `\n${said}`}`, {
    hint: `Try it by itself: ssh ${sshArguments(address, undefined).slice(12).join(' ')} true. It needs a key in your agent or ssh configuration, and a known host key.`,
    cause: error,
  });
}
