import { randomBytes } from 'node:crypto';
import { type Container, detectEngine, type Engine, type StartOptions } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { readEnvironment, type TestEnvironment } from './environment.ts';
import { tail } from './logs.ts';
import { Reach } from './reach.ts';
import { StartedContainer } from './started-container.ts';

/** Whose something is: a test's, by its id, or the whole file's. */
export type Owner = string | undefined;

/** What the tests of one file have made, and how it is removed. */
export class Session {
  /** Who owns what is made now. */
  owner: Owner = undefined;
  readonly #environment: TestEnvironment;
  readonly #reach: Reach;
  #engine: Promise<Engine> | undefined;
  #containers: { readonly owner: Owner; readonly container: Container }[] = [];
  #volumes: { readonly owner: Owner; readonly name: string }[] = [];
  #networks: { readonly owner: Owner; readonly name: string }[] = [];

  /** @throws {UserError} the tests weren't started by the executor */
  constructor(env: NodeJS.ProcessEnv) {
    this.#environment = readEnvironment(env);
    this.#reach = new Reach(this.#environment.host);
  }

  /**
   * What the engine calls another image of the repository.
   *
   * @throws {UserError} the definition doesn't list it
   */
  imageOf(name: string): string {
    const { others, project } = this.#environment;
    const image = others[name];
    if (image !== undefined) return image;
    const listed = Object.keys(others).join(', ');
    throw new UserError(`The tests of ${project} have no image ${name}, but ${listed === '' ? 'no other' : listed}`, {
      hint: `List it in image.yaml: testWith: ['${name}']`,
    });
  }

  /** Starts a container. */
  async start(options: Omit<StartOptions, 'image'> & { readonly image?: string }): Promise<StartedContainer> {
    const { owner } = this;
    const engine = await this.#getEngine();
    const container = await engine.start({
      image: this.#environment.image,
      ...options,
      labels: { ...options.labels, ...this.#labels() },
    });
    this.#containers.push({ owner, container });
    return new StartedContainer(container, options.ports ?? [], this.#reach);
  }

  /** Creates a volume and returns its name. */
  async createVolume(): Promise<string> {
    const { owner } = this;
    const name = `dockyard-test-${randomBytes(8).toString('hex')}`;
    const engine = await this.#getEngine();
    await engine.createVolume({ name, labels: this.#labels() });
    this.#volumes.push({ owner, name });
    return name;
  }

  /** Creates a network and returns its name. */
  async createNetwork(): Promise<string> {
    const { owner } = this;
    const name = `dockyard-test-${randomBytes(8).toString('hex')}`;
    const engine = await this.#getEngine();
    await engine.createNetwork({ name, labels: this.#labels() });
    this.#networks.push({ owner, name });
    return name;
  }

  /** The ends of the logs of a test's containers and the file's, for a person who looks at a failure. */
  async describeLogs(owner: Owner): Promise<string[]> {
    const concerned = this.#containers.filter((made) => made.owner === owner || made.owner === undefined);
    return Promise.all(
      concerned.map(async ({ container }) => {
        const log = await container.logs().catch((error: unknown) => `(no log: ${String(error)})`);
        return `Log of container ${container.id.slice(0, 12)}:\n${tail(log, 200)}`;
      }),
    );
  }

  /** Removes what an owner made; containers first, as they use the volumes and networks. */
  async removeOf(owner: Owner): Promise<void> {
    const containers = this.#containers.filter((made) => made.owner === owner);
    const volumes = this.#volumes.filter((made) => made.owner === owner);
    const networks = this.#networks.filter((made) => made.owner === owner);
    this.#containers = this.#containers.filter((made) => made.owner !== owner);
    this.#volumes = this.#volumes.filter((made) => made.owner !== owner);
    this.#networks = this.#networks.filter((made) => made.owner !== owner);
    await Promise.all(containers.map(({ container }) => container.remove()));
    for (const { name } of volumes) await (await this.#getEngine()).removeVolume(name);
    for (const { name } of networks) await (await this.#getEngine()).removeNetwork(name);
  }

  /** Removes what the file made, and closes the ways to its ports. */
  async close(): Promise<void> {
    await this.removeOf(undefined);
    await this.#reach.close();
  }

  #labels(): Record<string, string> {
    const [key, value] = this.#environment.label;
    return { [key]: value };
  }

  #getEngine(): Promise<Engine> {
    const { engine, host } = this.#environment;
    this.#engine ??= detectEngine({ preferred: engine, ...(host === undefined ? {} : { host }) });
    return this.#engine;
  }
}
