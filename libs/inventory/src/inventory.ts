import type { Position } from '@dockyard/diagnostic';

/**
 * Which jobs a runner serves. `protected`: those of protected branches and tags. `unprotected`: those of merge requests, which anybody
 * may have written.
 */
export type Trust = 'protected' | 'unprotected';

/** One registration of a host in GitLab. */
export interface HostRunner {
  readonly trust: Trust;
  /** Whether jobs get the socket of the Docker Engine; never for `unprotected`. */
  readonly socket: boolean;
  /** Jobs at a time; by the host's cores and memory when absent. */
  readonly concurrency?: number;
  /** Images that jobs may run in, as patterns of GitLab Runner's `allowed_images`; all where it is empty. */
  readonly images: readonly string[];
  readonly position: Position;
}

/** A machine that is kept as a runner. */
export interface Host {
  readonly name: string;
  /** `ssh://[user@]host[:port]` of somebody who is root there or may become it by `sudo -n`. */
  readonly address: string;
  /** Platforms that it runs natively, as OCI writes them. */
  readonly platforms: readonly string[];
  /** `ipv6`: it has no route to the IPv4 internet. */
  readonly network: 'dual' | 'ipv6';
  /** NTP servers that it may reach, by name or address; the distribution's pool where it is empty. */
  readonly timeServers: readonly string[];
  /** Where developers build over ssh; nobody does when absent. */
  readonly developers?: string;
  readonly disk: {
    /** Bytes that images and build caches may take. */
    readonly budget: number;
    /** Days after which what nobody used goes. */
    readonly days: number;
    /** Bytes of free space below which no job is taken any more. */
    readonly reserve: number;
  };
  readonly runners: readonly HostRunner[];
  readonly position: Position;
}

/** The GitLab instance that the hosts serve. */
export interface Gitlab {
  readonly url: string;
  /** Image of jobs that name none. */
  readonly image: string;
  /** The runner's helper image, with `{arch}` in the runner's words; its own choice when absent. */
  readonly helper?: string;
  /** Where apt gets gitlab-runner from. */
  readonly packages: {
    readonly url: string;
    readonly suite: string;
    readonly component: string;
    /** File with the repository's key, ASCII-armored, relative to the workspace. */
    readonly key: string;
  };
}

/** What `runners.yaml` says. */
export interface Inventory {
  readonly file: string;
  readonly gitlab?: Gitlab;
  readonly hosts: readonly Host[];
}
