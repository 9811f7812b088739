import { CommandError, UserError } from '@dockyard/exec';
import type { Cli } from './cli.ts';
import type { Container, Engine, StartOptions } from './types.ts';

const GRACE_SECONDS = 10;

/** What both engines' command lines say and do alike. */
export type Containers = Pick<
  Engine,
  'start' | 'removeImage' | 'createVolume' | 'removeVolume' | 'createNetwork' | 'removeNetwork' | 'removeLabelled'
>;

/**
 * Writes the arguments that create a container, in words that docker and podman share.
 *
 * @param o how it is to be started
 * @returns arguments from `create` on
 */
export function createArgs(o: StartOptions): string[] {
  const [entrypoint, ...entrypointArgs] = o.entrypoint ?? [];
  const labels = { 'dockyard.test': 'true', ...o.labels };
  return [
    'create',
    '--pull=never',
    ...(o.name === undefined ? [] : ['--name', o.name]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...Object.entries(o.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(o.ports ?? []).flatMap((port) => ['--publish', `127.0.0.1::${port}`]),
    ...(o.volumes ?? []).flatMap((mount) => [
      '--volume',
      `${'name' in mount ? mount.name : mount.path}:${mount.target}${mount.readOnly === true ? ':ro' : ''}`,
    ]),
    ...(o.network === undefined ? [] : ['--network', o.network.name]),
    ...(o.network?.aliases ?? []).flatMap((alias) => ['--network-alias', alias]),
    ...(o.user === undefined ? [] : ['--user', o.user]),
    ...(o.readOnly === true ? ['--read-only'] : []),
    ...(o.tmpfs ?? []).flatMap((folder) => ['--tmpfs', folder]),
    ...(o.nested === true ? ['seccomp=unconfined', 'systempaths=unconfined'] : []).flatMap((it) => [
      '--security-opt',
      it,
    ]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    o.image,
    ...entrypointArgs,
    ...(o.command ?? []),
  ];
}

/**
 * Reads what `port CONTAINER N/tcp` prints.
 *
 * @param output e.g. `127.0.0.1:40321`; docker adds a line for IPv6 where it listens there too
 * @returns undefined when no line holds an address
 */
export function parsePort(output: string): { host: string; port: number } | undefined {
  for (const line of output.split('\n')) {
    const match = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(line.trim());
    if (match?.[1] !== undefined)
      return { host: match[1] === '0.0.0.0' ? '127.0.0.1' : match[1], port: Number(match[2]) };
  }
  return undefined;
}

/** Whether a command failed only since what it was to remove is not there. */
function saysAbsent(error: unknown): boolean {
  return (
    error instanceof CommandError &&
    /no such (container|volume|image|object)|image not known|network (\S+ )?not found|unable to find network/i.test(
      error.stderr,
    )
  );
}

function saysInUse(error: unknown): boolean {
  return (
    error instanceof CommandError &&
    /must be forced|image is (in use|being used)|is using its referenced image|multiple (tags|repositories)|conflict/i.test(
      error.stderr,
    )
  );
}

function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}

class CliContainer implements Container {
  readonly id: string;
  readonly #cli: Cli;
  readonly #remove: (ids: readonly string[]) => Promise<void>;

  constructor(id: string, cli: Cli, remove: (ids: readonly string[]) => Promise<void>) {
    this.id = id;
    this.#cli = cli;
    this.#remove = remove;
  }

  exec: Container['exec'] = (args, o = {}) =>
    this.#cli(
      [
        'exec',
        ...(o.user === undefined ? [] : ['--user', o.user]),
        ...Object.entries(o.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        ...(o.input === undefined ? [] : ['--interactive']),
        this.id,
        ...args,
      ],
      {
        ...(o.reject === undefined ? {} : { reject: o.reject }),
        ...(o.input === undefined ? {} : { input: o.input }),
      },
    );

  async logs(): Promise<string> {
    const all: string[] = [];
    await this.#cli(['logs', this.id], { onLine: (line) => all.push(line) });
    return all.join('\n');
  }

  async port(port: number): Promise<{ host: string; port: number }> {
    const { stdout } = await this.#cli(['port', this.id, `${port}/tcp`]);
    const address = parsePort(stdout);
    if (address === undefined) throw new UserError(`Port ${port} of container ${this.id} isn't published: ${stdout}`);
    return address;
  }

  async stop(graceSeconds: number = GRACE_SECONDS): Promise<void> {
    await this.#cli(['stop', '-t', String(graceSeconds), this.id]);
  }

  async kill(signal = 'SIGKILL'): Promise<void> {
    await this.#cli(['kill', '--signal', signal, this.id]);
  }

  async restart(): Promise<void> {
    await this.#cli(['restart', '-t', String(GRACE_SECONDS), this.id]);
  }

  async state(): Promise<{ running: boolean; exitCode: number }> {
    const format = '{{.State.Running}} {{.State.ExitCode}}';
    const { stdout } = await this.#cli(['container', 'inspect', '--format', format, this.id]);
    const [running, exitCode] = stdout.trim().split(' ');
    return { running: running === 'true', exitCode: Number(exitCode) };
  }

  remove(): Promise<void> {
    return this.#remove([this.id]);
  }
}

/**
 * Containers, volumes and images through an engine's command line.
 *
 * @param cli the engine's program
 * @param removeFlags what its `rm` needs besides `--force --volumes` to kill at once
 */
export function containersOf(cli: Cli, removeFlags: readonly string[]): Containers {
  const remove = async (ids: readonly string[]): Promise<void> => {
    await cli(['rm', '--force', '--volumes', ...removeFlags, ...ids]).catch((error: unknown) => {
      if (!saysAbsent(error)) throw error;
    });
  };
  const removerOf =
    (kind: 'volume' | 'network') =>
    async (name: string): Promise<void> => {
      await cli([kind, 'rm', name]).catch((error: unknown) => {
        if (!saysAbsent(error)) throw error;
      });
    };
  const creatorOf =
    (kind: 'volume' | 'network'): Engine['createVolume'] =>
    async ({ name, labels }) => {
      const flags = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
      await cli([kind, 'create', ...flags, name]);
    };
  const [removeVolume, removeNetwork] = [removerOf('volume'), removerOf('network')];
  return {
    async start(options) {
      const created = lines((await cli(createArgs(options))).stdout).at(-1);
      if (created === undefined) throw new Error('The engine created a container but did not say which.');
      const container = new CliContainer(created, cli, remove);
      try {
        await cli(['start', container.id]);
      } catch (error) {
        await container.remove();
        throw error;
      }
      return container;
    },
    async removeImage(image) {
      await cli(['image', 'rm', image]).catch((error: unknown) => {
        if (!saysAbsent(error) && !saysInUse(error)) throw error;
      });
    },
    createVolume: creatorOf('volume'),
    removeVolume,
    createNetwork: creatorOf('network'),
    removeNetwork,
    async removeLabelled(label) {
      const filter = ['--quiet', '--filter', `label=${label}`];
      const containers = lines((await cli(['ps', '--all', '--no-trunc', ...filter])).stdout);
      if (containers.length > 0) await remove(containers);
      const volumes = lines((await cli(['volume', 'ls', ...filter])).stdout);
      for (const volume of volumes) await removeVolume(volume);
      const networks = lines(
        (await cli(['network', 'ls', '--format', '{{.Name}}', '--filter', `label=${label}`])).stdout,
      );
      for (const network of networks) await removeNetwork(network);
      return { containers, volumes, networks };
    },
  };
}
