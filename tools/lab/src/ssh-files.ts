import type { LabPaths } from './paths.ts';

/**
 * The ssh client's configuration for the lab's host (ssh_config(5)): the throw-away key, the lab's own known_hosts, one shared connection.
 *
 * @param paths the lab
 * @param port TCP port of its sshd on 127.0.0.1
 */
export function sshConfig(paths: LabPaths, port: number): string {
  return `Host lab 127.0.0.1
  HostName 127.0.0.1
  Port ${String(port)}
  User root
  IdentityFile ${paths.ssh}/key
  IdentitiesOnly yes
  UserKnownHostsFile ${paths.ssh}/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 20
  LogLevel ERROR
  ControlMaster auto
  ControlPath ${paths.ssh}/%C
  ControlPersist 60
`;
}

/**
 * The sshd's configuration (sshd_config(5)): loopback only, one key, no password. Paths are those in the root.
 *
 * @param port TCP port on 127.0.0.1
 */
export function sshdConfig(port: number): string {
  return `ListenAddress 127.0.0.1:${String(port)}
HostKey ${SSHD_FOLDER}/host_key
AuthorizedKeysFile ${SSHD_FOLDER}/authorized_keys
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
MaxSessions 100
MaxStartups 100
`;
}

/** Where the sshd's files lie in the root. */
export const SSHD_FOLDER = '/etc/dockyard-lab-ssh';

/**
 * A program `ssh` that adds the lab's configuration. Docker runs the `ssh` of its PATH and passes no configuration of its own, so putting
 * this first on the PATH of one process is what keeps the user's ~/.ssh out of it.
 *
 * @param paths the lab
 * @param ssh absolute path of the real client
 */
export function sshWrapper(paths: LabPaths, ssh: string): string {
  return `#!/bin/sh\nexec ${ssh} -F '${paths.ssh}/config' "$@"\n`;
}
