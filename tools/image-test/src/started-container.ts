import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerExecOptions } from '@dockyard/engine';
import { type CommandResult, UserError } from '@dockyard/exec';
import { linesSince, tail } from './logs.ts';
import { listens } from './probe.ts';
import type { Reach } from './reach.ts';
import type { Address } from './tunnel.ts';

const DEFAULT_WAIT_MS = 60_000;

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds; 60,000 by default. A container that ends meanwhile ends the wait too. */
  readonly timeoutMs?: number;
}

type ContainerState = Awaited<ReturnType<Container['state']>>;

/** A running container of a test. */
export class StartedContainer {
  readonly id: string;
  readonly #container: Container;
  readonly #ports: readonly number[];
  readonly #reach: Reach;
  /** Lines that were logged before the last restart. */
  #before: readonly string[] = [];

  /**
   * @param container the engine's
   * @param ports its published ports, the first being that of {@link http}
   * @param reach the way to them
   */
  constructor(container: Container, ports: readonly number[], reach: Reach) {
    this.id = container.id;
    this.#container = container;
    this.#ports = ports;
    this.#reach = reach;
  }

  /**
   * Runs a command in the container.
   *
   * @param args the program and its arguments; no shell reads them
   * @param options user, environment, input; `reject: false` returns a failure instead of throwing it
   * @throws {CommandError} it failed
   */
  exec(args: readonly string[], options?: ContainerExecOptions): Promise<CommandResult> {
    return this.#container.exec(args, options);
  }

  /**
   * Waits until a server listens on a published port.
   *
   * @param port port in the container; one of the option `ports`
   * @returns where a client on this machine reaches it: on a remote engine a tunnel's end. It changes with a restart.
   * @throws {Error} it didn't in time, or the container ended; with the end of its log
   */
  async waitForPort(port: number, options?: WaitOptions): Promise<Address> {
    this.#requirePublished(port);
    // Over a network it takes longer to learn that nobody is behind the proxy.
    const holdMs = this.#reach.remote ? 1000 : 250;
    return this.#wait(`nothing listens on port ${String(port)}`, options, async ({ running }) => {
      if (!running) return undefined;
      const address = await this.#reach.address(this.#container, port);
      return (await listens(address, holdMs)) ? address : undefined;
    });
  }

  /**
   * Waits for a pattern in what the container has logged since it was started, or restarted by {@link restart}.
   *
   * @param pattern searched in the whole text: give it the flag `m` for `^` and `$` to mean lines
   * @returns the match
   * @throws {Error} it didn't come in time, or the container ended without it; with the end of its log
   */
  async waitForLog(pattern: RegExp, options?: WaitOptions): Promise<RegExpMatchArray> {
    // With the flag g, match() would lose the groups.
    const once = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
    return this.#wait(`nothing in its log matches ${String(pattern)}`, options, async () => {
      const lines = linesSince(this.#before, (await this.#container.logs()).split('\n'));
      return once.exec(lines.join('\n')) ?? undefined;
    });
  }

  /**
   * Waits until the container has ended by itself, or by the signal that it was sent.
   *
   * @returns its exit code: 128 + signal number for a signal
   * @throws {Error} it still ran when the time was over; with the end of its log
   */
  waitForExit(options?: WaitOptions): Promise<number> {
    return this.#wait('the container still runs', options, (state) =>
      Promise.resolve(state.running ? undefined : state.exitCode),
    );
  }

  /**
   * Sends one HTTP request to a published port. Wait for the port first: nothing is tried twice.
   *
   * @param target a path, for the first of the option `ports`; or a URL such as `http://localhost:8080/x`, whose port (80 if none) is
   *   the container's
   * @param init as `fetch` takes it; 30 seconds until the answer unless it has a `signal`
   * @throws {TypeError} as `fetch`: no answer
   */
  async http(target: string, init: RequestInit = {}): Promise<Response> {
    const [first] = this.#ports;
    const url = target.startsWith('/') ? new URL(target, `http://localhost:${String(first ?? 80)}`) : new URL(target);
    if (url.protocol !== 'http:') throw new UserError(`Only http:// is spoken here, not ${url.protocol}//`);
    const port = url.port === '' ? 80 : Number(url.port);
    this.#requirePublished(port);
    const address = await this.#reach.address(this.#container, port);
    url.hostname = address.host;
    url.port = String(address.port);
    return fetch(url, { signal: AbortSignal.timeout(30_000), ...init });
  }

  /** All it has logged on both streams, restarts included. */
  logs(): Promise<string> {
    return this.#container.logs();
  }

  /**
   * Stops it by its image's stop signal.
   *
   * @param graceSeconds seconds until it is killed; 10 by default
   */
  stop(graceSeconds?: number): Promise<void> {
    return this.#container.stop(graceSeconds);
  }

  /**
   * Sends it a signal.
   *
   * @param signal such as `HUP`; KILL by default
   */
  kill(signal?: string): Promise<void> {
    return this.#container.kill(signal);
  }

  /** Stops and starts it again, file system kept. Wait for its port or log anew: {@link waitForLog} forgets what was logged before. */
  async restart(): Promise<void> {
    const before = (await this.#container.logs()).split('\n');
    await this.#container.restart();
    this.#before = before;
  }

  /** Whether it runs, and if not, how it ended: 128 + signal number for a signal. */
  state(): Promise<ContainerState> {
    return this.#container.state();
  }

  async #wait<T>(
    problem: string,
    { timeoutMs = DEFAULT_WAIT_MS }: WaitOptions = {},
    look: (state: ContainerState) => Promise<T | undefined>,
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      // Asked before the look: what it logged just before it ended must be seen.
      const state = await this.#container.state();
      const found = await look(state);
      if (found !== undefined) return found;
      const ended = state.running ? undefined : `the container ended with exit code ${String(state.exitCode)}`;
      if (ended !== undefined || Date.now() >= deadline) {
        const why = ended ?? `that was ${String(timeoutMs / 1000)} s`;
        throw new Error(`${problem}: ${why}. The end of its log:\n${tail(await this.#container.logs(), 50)}`);
      }
      await sleep(200);
    }
  }

  #requirePublished(port: number): void {
    if (this.#ports.includes(port)) return;
    throw new UserError(`Port ${String(port)} of the container isn't published`, {
      hint: `Start it with container({ ports: [${[...this.#ports, port].join(', ')}] }).`,
    });
  }
}
