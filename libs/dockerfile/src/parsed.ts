import type { ContainerSettings } from './settings.ts';

/** An image, stage or context that a Dockerfile names. */
export interface DockerfileReference {
  readonly kind: 'stage' | 'workspace' | 'external' | 'scratch' | 'context';
  /** As it was written. */
  readonly raw: string;
  /** With its variables filled in; for a workspace image or a context the name that the engine must be given. */
  readonly value: string;
  readonly instruction: 'FROM' | 'COPY' | 'RUN' | 'ADD';
  /** The stage that names it, by its own name or else its index. */
  readonly stage: string | number;
  readonly line: number;
  readonly column: number;
  /** The image of a workspace or external reference, without the workspace's namespace. */
  readonly image?: string;
  readonly tag?: string;
  readonly context?: 'sources' | 'artifacts';
  /** The stage that a reference of kind `stage` names. */
  readonly stageIndex?: number;
  readonly digest?: string;
}

/** A path of the build context, which is the folder of the definition. */
export interface ContextPath {
  /** Relative, without `./` or a slash at either end; `.` is the whole folder. May hold the wildcards of COPY. */
  readonly path: string;
  readonly line: number;
}

export interface DockerfileStage {
  readonly index: number;
  readonly name?: string;
  readonly line: number;
  readonly base: DockerfileReference;
  /** What the stage itself sets; what it is built on may set more, see {@link inheritSettings}. */
  readonly settings: ContainerSettings;
}

export interface ParsedDockerfile {
  readonly file: string;
  readonly stages: readonly DockerfileStage[];
  readonly references: readonly DockerfileReference[];
  /** What COPY, ADD and bind mounts without a `from` take from the build context. */
  readonly contextPaths: readonly ContextPath[];
  /** The name of every declared ARG, each once. */
  readonly args: readonly string[];
}

export interface DockerfileOptions {
  /** What workspace references begin with, without a slash: `dockyard`. */
  readonly namespace: string;
  /** The build arguments that every build passes. */
  readonly buildArgs: Readonly<Record<string, string>>;
}
