/** The suites of Debian that test machines are made of. */
export type Suite = 'bookworm' | 'trixie' | 'sid';

/** Who works on a machine: root, a user who may `sudo` without a password, or one who may not. */
export type UserKind = 'root' | 'sudo' | 'user';

/** A kind of machine that a developer may have. */
export interface MachineKind {
  readonly name: string;
  readonly suite: Suite;
  /** Versions of the npm packages that Node and npm come from; where absent they are the suite's own Debian packages. */
  readonly node?: { readonly node: string; readonly npm: string };
  /** `docker`: a Docker Engine with the containerd image store runs already. `podman`: there is no engine, set-up brings Podman. */
  readonly engine: 'podman' | 'docker';
  /** Debian packages that experimental has newer ones of, and that are taken from there. */
  readonly fromExperimental?: readonly string[];
  /** `own`: the hierarchies that this machine has; `v2`: cgroup2 alone. */
  readonly cgroups: 'own' | 'v2';
  readonly users: readonly UserKind[];
}

/** Every kind of machine that Dockyard has to work on. */
export const MACHINES: readonly MachineKind[] = [
  {
    name: 'debian-12',
    suite: 'bookworm',
    node: { node: '20', npm: '10' },
    engine: 'podman',
    cgroups: 'own',
    users: ['root', 'sudo', 'user'],
  },
  { name: 'debian-13', suite: 'trixie', engine: 'podman', cgroups: 'v2', users: ['root', 'sudo', 'user'] },
  {
    name: 'debian-13-docker',
    suite: 'trixie',
    node: { node: '22', npm: '11' },
    engine: 'docker',
    cgroups: 'own',
    users: ['root', 'user'],
  },
  { name: 'sid', suite: 'sid', engine: 'podman', cgroups: 'own', users: ['root', 'sudo', 'user'] },
  { name: 'sid-docker', suite: 'sid', engine: 'docker', cgroups: 'v2', users: ['root', 'user'] },
  {
    name: 'experimental',
    suite: 'sid',
    node: { node: '24', npm: '12' },
    engine: 'podman',
    fromExperimental: ['podman', 'golang-github-containers-common', 'containers-storage', 'netavark', 'aardvark-dns'],
    cgroups: 'v2',
    users: ['root', 'sudo', 'user'],
  },
];
