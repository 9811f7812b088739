/** The parts of a host that `plan` and `check` name. */
export type Area =
  'packages' | 'users' | 'ssh' | 'firewall' | 'network' | 'engine' | 'runner' | 'disk' | 'logs' | 'upgrades' | 'time';

/** Debian packages that must be installed, of whatever version apt has. */
export interface Packages {
  readonly kind: 'packages';
  readonly area: Area;
  readonly names: readonly string[];
}

/** A regular file. */
export interface ManagedFile {
  readonly kind: 'file';
  readonly area: Area;
  readonly path: string;
  readonly content: string;
  /** Four octal digits. */
  readonly mode: string;
  /** `user:group` */
  readonly owner: string;
  /** It holds a token. Where that isn't known here, the file is compared without it, and can't be written. */
  readonly secret?: { readonly known: boolean; readonly masked: string; readonly variable: string };
}

/** A file that must not be there. */
export interface AbsentFile {
  readonly kind: 'absent';
  readonly area: Area;
  readonly path: string;
}

/** A systemd unit that must not run: it is stopped in its own time, and not started at boot. */
export interface StoppedUnit {
  readonly kind: 'stopped';
  readonly area: Area;
  readonly name: string;
}

/** A system user without a password. */
export interface User {
  readonly kind: 'user';
  readonly area: Area;
  readonly name: string;
  readonly home: string;
  /** First of the 65,536 subordinate user and group ids of its rootless containers; its services start at boot then. None when absent. */
  readonly subordinate?: number;
}

/** A systemd unit that must be enabled and active. */
export interface Unit {
  readonly kind: 'unit';
  readonly area: Area;
  readonly name: string;
  /** User whose own manager runs it; the system's when absent. */
  readonly user?: string;
  /** Files and packages that it reads when it starts: newer ones mean that it runs with old ones. */
  readonly reads: readonly string[];
  /** It is started when it is needed, by somebody else. */
  readonly onDemand?: true;
  /** Not started or stopped by us while this file is there: the host paused it. */
  readonly unless?: string;
}

/** What a host should have. */
export type Resource = Packages | ManagedFile | AbsentFile | StoppedUnit | User | Unit;

/** What may cut off the ssh session that changes it: such files, and the units that read them, are changed with a rollback armed. */
export const GUARDED: Readonly<Record<string, string>> = {
  '/etc/dockyard/firewall.nft': 'dockyard-firewall.service',
  '/etc/ssh/sshd_config.d/10-dockyard.conf': 'ssh.service',
};
