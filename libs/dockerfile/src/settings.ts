import { posix } from 'node:path';
import type { JsonForm } from './words.ts';

/** What a Dockerfile sets for the containers of an image (OCI image spec 1.1, config.md). What it doesn't set is absent. */
export interface ContainerSettings {
  readonly environment: Readonly<Record<string, string>>;
  /** With their protocol: `6379/tcp`. */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly user?: string;
  /** Relative where the base says what to. */
  readonly workingDirectory?: string;
  /** Of the shell form too: `["/bin/sh", "-c", "…"]`. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly stopSignal?: string;
  /** `none` where the Dockerfile takes away what its base has. */
  readonly healthcheck?: 'none' | Healthcheck;
}

export interface Healthcheck {
  readonly command: readonly string[];
  /** As they were written, such as `10s`; absent where the engine's default counts. */
  readonly interval?: string;
  readonly timeout?: string;
  readonly startPeriod?: string;
  readonly retries?: string;
}

export const NO_SETTINGS: ContainerSettings = { environment: {}, ports: [], volumes: [] };

/** An instruction with its variables filled in. */
export interface ReadInstruction {
  /** In capitals. */
  readonly keyword: string;
  /** What follows the keyword and the options. */
  readonly text: string;
  readonly json: JsonForm | undefined;
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Adds what one instruction sets; ENV is told apart by the reader, which knows quotes.
 *
 * @param settings what the instructions before it have set
 * @returns the same settings where the instruction sets nothing
 */
export function applyInstruction(settings: ContainerSettings, instruction: ReadInstruction): ContainerSettings {
  const { keyword, text } = instruction;
  const words = text.split(/[ \t]+/).filter((word) => word !== '');
  switch (keyword) {
    case 'EXPOSE':
      return { ...settings, ports: union(settings.ports, words.map(withProtocol)) };
    case 'VOLUME':
      return { ...settings, volumes: union(settings.volumes, instruction.json?.words ?? words) };
    case 'USER':
      return { ...settings, user: text };
    case 'WORKDIR':
      return { ...settings, workingDirectory: below(settings.workingDirectory, text) };
    case 'STOPSIGNAL':
      return { ...settings, stopSignal: text };
    case 'ENTRYPOINT':
      return { ...settings, entrypoint: commandOf(instruction) };
    case 'CMD':
      return { ...settings, command: commandOf(instruction) };
    case 'HEALTHCHECK':
      return { ...settings, healthcheck: healthcheckOf(instruction) };
    default:
      return settings;
  }
}

/**
 * What containers run with whose image is built on another.
 *
 * @param base what the image below sets
 * @param own what the stage on it sets
 */
export function inheritSettings(base: ContainerSettings, own: ContainerSettings): ContainerSettings {
  const { command, ...inherited } = base;
  return {
    ...inherited,
    // Both engines drop the command of the base where its entry point is replaced: it was meant for that.
    ...(command !== undefined && own.entrypoint === undefined && { command }),
    ...own,
    environment: { ...base.environment, ...own.environment },
    ports: union(base.ports, own.ports),
    volumes: union(base.volumes, own.volumes),
    ...(own.workingDirectory !== undefined && {
      workingDirectory: below(base.workingDirectory ?? '/', own.workingDirectory),
    }),
  };
}

function union(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])];
}

function withProtocol(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}

/** A relative path stays one where nothing says what it begins in. */
function below(folder: string | undefined, path: string): string {
  return folder === undefined || path.startsWith('/') ? path : posix.join(folder, path);
}

function commandOf({ json, text }: ReadInstruction): readonly string[] {
  return json?.words ?? ['/bin/sh', '-c', text];
}

function healthcheckOf({ text, options }: ReadInstruction): 'none' | Healthcheck {
  const [, kind = '', rest = ''] = /^(\S+)[ \t]*(.*)$/s.exec(text) ?? [];
  if (kind.toUpperCase() === 'NONE') return 'none';
  const { interval, timeout, 'start-period': startPeriod, retries } = options;
  return {
    command: rest.startsWith('[') ? parseList(rest) : ['/bin/sh', '-c', rest],
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(startPeriod !== undefined && { startPeriod }),
    ...(retries !== undefined && { retries }),
  };
}

function parseList(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  } catch {
    // The shell form, which may begin with a bracket too.
  }
  return ['/bin/sh', '-c', text];
}
