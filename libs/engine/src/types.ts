import type { CommandResult } from '@dockyard/exec';

/** What a Dockerfile reaches under a name besides its own context. */
export type BuildContext =
  | { readonly kind: 'directory'; /** absolute */ readonly path: string }
  | {
      readonly kind: 'image';
      /** Absolute path of a full OCI layout: every blob is in it. */
      readonly layout: string;
      /** `sha256:…` of the manifest. */
      readonly digest: string;
      /** `sha256:…` of the configuration. */
      readonly config: string;
    };

/** What one build of one platform runs. It always runs without network, and its result never depends on an earlier build. */
export interface StageRequest {
  /** Absolute path. */
  readonly dockerfile: string;
  /** How messages name it, where it is a copy of what a person wrote; its path when absent. */
  readonly dockerfileName?: string;
  /** Absolute path of the folder that COPY and ADD read. */
  readonly context: string;
  /** `os/architecture[/variant]` */
  readonly platform: string;
  /** By the name that FROM, `COPY --from` and `RUN --mount=…,from=` use. */
  readonly contexts: Readonly<Record<string, BuildContext>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Seconds since 1970: no file that the build writes is newer. */
  readonly epoch: number;
  /** Nothing of an earlier build is taken, not even a COPY, and cache mounts start empty; those of other builds stay. Default: cache mounts are kept. */
  readonly fromNothing?: boolean;
  /** Takes the engine's whole output; an earlier log is replaced. */
  readonly logFile: string;
}

/** A build whose result is kept. */
export interface BuildRequest extends StageRequest {
  /** Absolute path of a folder that doesn't exist yet: an OCI layout or a `dir:` folder of containers/image lands here, whole or not at all. */
  readonly output: string;
}

/** A build, whether or not its result is kept. */
export type AnyRequest = StageRequest & Partial<BuildRequest>;

export interface BuildOptions {
  /** Ends the engine's build too. */
  readonly signal?: AbortSignal;
  /** Called for every line of the engine's output. */
  readonly onLine?: (line: string) => void;
}

/** A volume or a folder of the engine's machine, seen in a container. */
export type Mount = ({ readonly name: string } | { readonly path: string }) & {
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly?: boolean;
};

/** How to start a container. */
export interface StartOptions {
  /** An id that {@link Engine.load} returned, or a name the engine has; nothing is pulled. */
  readonly image: string;
  readonly name?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Container ports; each is published on a free port of 127.0.0.1 of the engine's machine. */
  readonly ports?: readonly number[];
  readonly volumes?: readonly Mount[];
  /** One of {@link Engine.createNetwork}, where other containers on it reach this one by its aliases. The engine's default network otherwise. */
  readonly network?: { readonly name: string; readonly aliases: readonly string[] };
  /** `user[:group]`, names or numbers. */
  readonly user?: string;
  /** The root file system can't be written. */
  readonly readOnly?: boolean;
  /** Folders in memory: `/path[:options]`. */
  readonly tmpfs?: readonly string[];
  /** It may run containers itself: nothing filters its system calls, and nothing of /proc is hidden. It gets no privilege. */
  readonly nested?: boolean;
  /** Added to `dockyard.test=true`, which every container carries. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ContainerExecOptions {
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the process reads from stdin. */
  readonly input?: string;
  /** `false`: an exit code other than 0 is returned. Default true. */
  readonly reject?: boolean;
}

/** A container that {@link Engine.start} started. */
export interface Container {
  readonly id: string;
  /**
   * Runs a program in it.
   *
   * @throws {CommandError} its exit code isn't 0
   */
  exec(args: readonly string[], options?: ContainerExecOptions): Promise<CommandResult>;
  /** All it has written to stdout and stderr. */
  logs(): Promise<string>;
  /** Where a published port is reached on the engine's machine. A restart may change it. */
  port(port: number): Promise<{ host: string; port: number }>;
  /** The image's stop signal, then SIGKILL after the grace; default 10 s. */
  stop(graceSeconds?: number): Promise<void>;
  /** @param signal name or number; default SIGKILL */
  kill(signal?: string): Promise<void>;
  restart(): Promise<void>;
  /** `exitCode` says something only when it doesn't run. */
  state(): Promise<{ running: boolean; exitCode: number }>;
  /** Kills it and removes it with its unnamed volumes; fine when it is gone already. */
  remove(): Promise<void>;
}

/** A container engine: the only way in which images are built and run. */
export interface Engine {
  readonly name: 'podman' | 'buildkit';
  readonly version: string;
  /** Platform it runs natively, e.g. `linux/amd64`. */
  readonly architecture: string;
  /** DOCKER_HOST it is reached at; absent: the default of this machine. */
  readonly host?: string;
  /** What a person should know about the choice of this engine. */
  readonly warnings: readonly string[];
  /**
   * Builds one image, or only runs its steps where the request names no output.
   *
   * @throws {UserError} the build failed: the step, the end of its output and where the log lies
   * @throws {CommandError} (`aborted`) the signal ended it
   */
  build(request: AnyRequest, options?: BuildOptions): Promise<void>;
  /**
   * Puts an image into the engine's own store.
   *
   * @param layout absolute path of a full OCI layout of one platform
   * @param names names it gets; they move there from other images
   * @returns the engine's id of it
   */
  load(layout: string, names: readonly string[]): Promise<string>;
  /** Removes an image from the engine's store, unless it has several names, a container uses it or it is gone already. */
  removeImage(image: string): Promise<void>;
  /** Starts a container. */
  start(options: StartOptions): Promise<Container>;
  createVolume(options: { readonly name: string; readonly labels: Readonly<Record<string, string>> }): Promise<void>;
  /** Fine when there is none. */
  removeVolume(name: string): Promise<void>;
  /** A network on which containers find each other by name. */
  createNetwork(options: { readonly name: string; readonly labels: Readonly<Record<string, string>> }): Promise<void>;
  /** Fine when there is none. */
  removeNetwork(name: string): Promise<void>;
  /**
   * Removes all containers, running or not, and all volumes and networks that carry a label.
   *
   * @param label `key=value`
   * @returns what was removed, by id and name
   */
  removeLabelled(label: string): Promise<{ containers: string[]; volumes: string[]; networks: string[] }>;
}
