import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, CommandError, exec, UserError } from '@dockyard/exec';
import getPort from 'get-port';
import { listens } from './probe.ts';

/** Where a port is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A way to a port of a remote machine's loopback. */
export interface Tunnel {
  /** Its end on this machine. */
  readonly address: Address;
  close(): Promise<void>;
}

/**
 * The command of a tunnel, by OpenSSH's client.
 *
 * @param dockerHost `ssh://[user@]host[:port]`
 * @param local free port of this machine
 * @param remote address on the remote machine
 */
export function tunnelCommand(dockerHost: string, local: number, remote: Address): Command {
  const { username, hostname, port } = new URL(dockerHost);
  return {
    command: 'ssh',
    args: [
      '-N',
      // A shared connection would keep the tunnel after its client is gone.
      ...['-S', 'none'],
      ...['-o', 'ExitOnForwardFailure=yes', '-o', 'BatchMode=yes'],
      ...['-L', `127.0.0.1:${String(local)}:${remote.host}:${String(remote.port)}`],
      ...(port === '' ? [] : ['-p', port]),
      ...(username === '' ? [] : ['-l', decodeURIComponent(username)]),
      '--',
      hostname.replace(/^\[(.*)\]$/, '$1'),
    ],
  };
}

/**
 * Opens a tunnel to a port that a remote Docker Engine published on its machine's loopback.
 *
 * @param dockerHost `ssh://[user@]host[:port]`
 * @param remote address on the remote machine
 * @throws {UserError} ssh can't open it
 */
export async function openTunnel(dockerHost: string, remote: Address): Promise<Tunnel> {
  const address = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }) };
  const end = new AbortController();
  const failed = (error: unknown): UserError =>
    new UserError(
      `No tunnel to port ${String(remote.port)} of ${dockerHost}: ${error instanceof CommandError ? error.stderr : String(error)}`,
      { hint: 'Its sshd must allow TCP forwarding (AllowTcpForwarding) and a login without a question.', cause: error },
    );
  let failure: unknown;
  const running = exec(tunnelCommand(dockerHost, address.port, remote), { signal: end.signal }).then(
    () => (failure = new Error('ssh ended')),
    (error: unknown) => (failure = error),
  );
  // Only that ssh itself listens: whether the server behind does is for the caller to find out.
  while (!(await listens(address, 0))) {
    if (failure !== undefined) throw failed(failure);
    await sleep(50);
  }
  return {
    address,
    close: async () => {
      end.abort();
      await running;
    },
  };
}
