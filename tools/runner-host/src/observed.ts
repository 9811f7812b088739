/** What is known of a host. Everything was seen in one round trip. */
export interface Observed {
  readonly facts: Facts;
  /** Of each path asked for that is there. */
  readonly files: ReadonlyMap<
    string,
    { mode: string; owner: string; sha256: string; modified: number; /** With its token masked. */ masked: string }
  >;
  /** Versions of the packages asked for that are installed. */
  readonly packages: ReadonlyMap<string, string>;
  /** Of each unit asked for; a user's as `user/unit`. */
  readonly units: ReadonlyMap<
    string,
    {
      enabled: string;
      active: string;
      since: number;
      /** Files that add to it or change it. */
      dropIns: readonly string[];
    }
  >;
  /** Of each user asked for that is there. */
  readonly users: ReadonlyMap<string, { uid: number; home: string; subuid: string; subgid: string; linger: boolean }>;
  /** The loaded firewall against the file on the host. */
  readonly firewall: 'same' | 'differs' | 'absent';
}

/** A host as it is, apart from what we manage. */
export interface Facts {
  /** `ID` and `VERSION_ID` of os-release, such as `debian` and `13`. */
  readonly system: string;
  readonly version: string;
  /** `uname -m` */
  readonly machine: string;
  readonly cores: number;
  /** In bytes. */
  readonly memory: number;
  /** Port that sshd listens on, as the session found it. */
  readonly sshPort: number;
  /** Of the file system of the engines' stores, in bytes. */
  readonly disk: { readonly free: number; readonly total: number };
  /** Averages over 1 minute. */
  readonly load: number;
  /** The RFC 4193 prefix that the host keeps, such as `fd12:3456:789a`. */
  readonly prefix?: string;
  /** Installed version of the Docker Engine, else the one that apt would install. */
  readonly docker?: string;
  /** Of the user of rootless Podman, once there is one. */
  readonly rootlessUid?: number;
  /** Versions that answered. */
  readonly engines: readonly string[];
  /** Interface of the IPv6 default route. */
  readonly uplink?: string;
  /** The uplink's `accept_ra`, and whether IPv6 is forwarded: 1 and true lose the default route. */
  readonly acceptRa: number;
  readonly forwarding: boolean;
  readonly nameservers: readonly string[];
  /** Whether `ipv4only.arpa` has an IPv6 address: a resolver with DNS64 (RFC 7050). */
  readonly dns64: boolean;
  /** IPv6 prefixes that containers of Docker's default bridge get, and sources that are masqueraded. */
  readonly bridge: readonly string[];
  readonly masqueraded: readonly string[];
  readonly synchronized: boolean;
  readonly rebootRequired: boolean;
  readonly failed: readonly string[];
  /** Whether its sshd takes passwords, whatever its files say. */
  readonly passwords: boolean;
  /** Whether GitLab answers it; undefined where it wasn't asked. */
  readonly reached?: boolean;
  /** Groups of the user of developers; `-` for no such user. */
  readonly developer?: readonly string[];
  /** Whether the host is about to take back a change of firewall or sshd. */
  readonly armed: boolean;
  /** Unix time; 0 for never. */
  readonly pruned: number;
  readonly paused: boolean;
}
