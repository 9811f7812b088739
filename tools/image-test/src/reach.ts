import { type Container, isOnThisMachine } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { type Address, openTunnel, type Tunnel } from './tunnel.ts';

/** Finds the way from the tests to published ports, on this machine or on a remote engine's. */
export class Reach {
  readonly #host: string | undefined;
  readonly #tunnels = new Map<string, Promise<Tunnel>>();

  /** @param host DOCKER_HOST of the engine; undefined for this machine's own */
  constructor(host: string | undefined) {
    this.#host = host;
  }

  /** Whether the engine is on another machine. */
  get remote(): boolean {
    return !isOnThisMachine(this.#host);
  }

  /**
   * Where a published port of a container is reached from here. Engines publish on their machine's loopback; to a remote one a tunnel is opened
   * over the same ssh that reaches the engine, which works for every image, even one without a shell.
   *
   * @throws {UserError} the engine is on another machine that isn't reached by ssh, or ssh opens no tunnel
   */
  async address(container: Container, port: number): Promise<Address> {
    const published = await container.port(port);
    const host = this.#host;
    if (host === undefined || !this.remote) return published;
    if (!host.startsWith('ssh://'))
      throw new UserError(
        `Ports of containers on ${host} can't be reached from here: they are published on its loopback`,
        {
          hint: 'Reach that engine by ssh:// instead.',
        },
      );
    const key = `${published.host}:${String(published.port)}`;
    const tunnel = this.#tunnels.get(key) ?? openTunnel(host, published);
    this.#tunnels.set(key, tunnel);
    return (await tunnel).address;
  }

  /** Closes the tunnels. */
  async close(): Promise<void> {
    const tunnels = [...this.#tunnels.values()];
    this.#tunnels.clear();
    for (const opening of tunnels) {
      const tunnel = await opening.catch(() => undefined);
      await tunnel?.close();
    }
  }
}
