import type { Command, CommandResult, Exec, ExecOptions } from '@dockyard/exec';

/** How to start a container. */
export interface StartOptions {
  /** Id or name of a loaded image. */
  readonly image: string;
  readonly name?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ports of the container, each published on a free port of 127.0.0.1. */
  readonly ports?: readonly number[];
  readonly volumes?: readonly {
    /** A named volume, or with `path` a folder of the engine's machine. */
    readonly name?: string;
    readonly path?: string;
    readonly target: string;
    readonly readOnly?: boolean;
  }[];
  readonly user?: string;
  /** The root file system can't be written. */
  readonly readOnly?: boolean;
  readonly tmpfs?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly network?: string;
}

/** How to run a command in a container. */
export interface ContainerExecOptions extends Pick<ExecOptions, 'signal' | 'reject' | 'onLine' | 'timeoutMs'> {
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A container that was started. */
export interface Container {
  readonly id: string;
  exec(args: readonly string[], options?: ContainerExecOptions): Promise<CommandResult>;
  /** Standard output and standard error so far, together. */
  logs(): Promise<string>;
  /** Where a published port is reached, on the engine's machine. */
  port(port: number): Promise<{ host: string; port: number }>;
  /** Sends the stop signal, and after the grace period SIGKILL. */
  stop(graceSeconds?: number): Promise<void>;
  kill(signal?: string): Promise<void>;
  restart(): Promise<void>;
  state(): Promise<{ running: boolean; exitCode: number }>;
  /** Removes it with its anonymous volumes, running or not. */
  remove(): Promise<void>;
}

/** Makes the command line of an engine's client: `podman` or `docker`, which agree in all that is used here. */
export type Client = (args: readonly string[], extra?: Pick<Command, 'input'>) => Command;

/**
 * Arguments that start a container in the background.
 *
 * @returns for the client: `run --detach …`
 */
export function runArguments(o: StartOptions): string[] {
  const each = <T>(values: readonly T[] | undefined, args: (value: T) => string[]): string[] =>
    (values ?? []).flatMap(args);
  const pairs = (flag: string, values?: Readonly<Record<string, string>>): string[] =>
    Object.entries(values ?? {}).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    'run',
    '--detach',
    '--pull=never',
    ...(o.name === undefined ? [] : ['--name', o.name]),
    ...(o.entrypoint === undefined ? [] : ['--entrypoint', o.entrypoint]),
    ...(o.user === undefined ? [] : ['--user', o.user]),
    ...(o.network === undefined ? [] : ['--network', o.network]),
    ...(o.readOnly === true ? ['--read-only'] : []),
    ...pairs('--label', o.labels),
    ...pairs('--env', o.env),
    ...each(o.ports, (port) => ['--publish', `127.0.0.1::${String(port)}`]),
    ...each(o.volumes, ({ name, path, target, readOnly }) => [
      '--volume',
      `${name ?? path ?? ''}:${target}${readOnly === true ? ':ro' : ''}`,
    ]),
    ...each(o.tmpfs, (target) => ['--tmpfs', target]),
    o.image,
    ...(o.command ?? []),
  ];
}

/**
 * Starts a container with an engine's client.
 *
 * @throws CommandError where the engine refuses.
 */
export async function startContainer(exec: Exec, client: Client, options: StartOptions): Promise<Container> {
  const { stdout } = await exec(client(runArguments(options)));
  return containerOf(exec, client, stdout.trim().split('\n').at(-1) ?? '');
}

function containerOf(exec: Exec, client: Client, id: string): Container {
  const run = async (...args: string[]): Promise<CommandResult> => exec(client(args));
  return {
    id,
    exec: (args, { user, env, input, ...options } = {}) => {
      const flags = [
        ...(input === undefined ? [] : ['--interactive']),
        ...(user === undefined ? [] : ['--user', user]),
        ...Object.entries(env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ];
      return exec(client(['exec', ...flags, id, ...args], input === undefined ? {} : { input }), options);
    },
    logs: async () => {
      const lines: string[] = [];
      await exec(client(['logs', id]), { onLine: (line) => lines.push(line) });
      return lines.join('\n');
    },
    port: async (port) => parsePort((await run('port', id, `${String(port)}/tcp`)).stdout),
    stop: async (graceSeconds = 10) => {
      await run('stop', '--time', String(graceSeconds), id);
    },
    kill: async (signal = 'KILL') => {
      await run('kill', '--signal', signal, id);
    },
    restart: async () => {
      await run('restart', id);
    },
    state: async () => {
      const { stdout } = await run('inspect', '--format', '{{.State.Running}} {{.State.ExitCode}}', id);
      const [running, exitCode] = stdout.trim().split(' ');
      return { running: running === 'true', exitCode: Number(exitCode) };
    },
    remove: async () => {
      await exec(client(['rm', '--force', '--volumes', id]), { reject: false });
    },
  };
}

/**
 * Reads what `docker port` and `podman port` print.
 *
 * @param text such as `127.0.0.1:49153`, a line an address.
 * @throws Error where the port isn't published.
 */
export function parsePort(text: string): { host: string; port: number } {
  const match = /^(.*):(\d+)$/m.exec(text.trim());
  if (match?.[1] === undefined) throw new Error(`the engine names no published port: ${JSON.stringify(text)}`);
  return { host: match[1] === '0.0.0.0' ? '127.0.0.1' : match[1], port: Number(match[2]) };
}

/** Removes what carries a label. */
export async function removeLabelled(
  exec: Exec,
  client: Client,
  label: string,
): Promise<{ containers: string[]; volumes: string[] }> {
  const list = async (...args: string[]): Promise<string[]> =>
    (await exec(client([...args, '--quiet', '--filter', `label=${label}`]))).stdout
      .split('\n')
      .filter((line) => line !== '');
  const containers = await list('ps', '--all');
  if (containers.length > 0) await exec(client(['rm', '--force', '--volumes', ...containers]), { reject: false });
  const volumes = await list('volume', 'ls');
  if (volumes.length > 0) await exec(client(['volume', 'rm', '--force', ...volumes]), { reject: false });
  return { containers, volumes };
}
