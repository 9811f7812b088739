import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { exec, UserError } from '@dockyard/exec';
import getPort from 'get-port';
import { waitForDaemon } from '../daemon.ts';
import { registryConfig } from './config.ts';
import { ensureRegistry, type RegistryProgramOptions } from './program.ts';
import { blobFile, loseManifest } from './storage.ts';
import { startTokenServer, type TokenAuth, type TokenRequest } from './token-server.ts';

/** Without `users` and `anonymous`, everybody may do everything. */
export interface RegistryOptions extends RegistryProgramOptions, TokenAuth {
  /** Whether manifests and blobs may be deleted (`storage.delete.enabled`); default true. */
  readonly deletes?: boolean;
  /** Absolute folder for blobs and manifests, which stays when the registry stops. By default a temporary one that doesn't. */
  readonly storage?: string;
  /** TCP port on 127.0.0.1, to come back where a stopped one was; a free one by default. */
  readonly port?: number;
}

/** A running registry. */
export interface Registry {
  /** `127.0.0.1:port`, the first part of references. */
  readonly host: string;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Absolute folder of its blobs and manifests. */
  readonly storage: string;
  /** What it printed so far: a line for each request among others. */
  logs(): Promise<string>;
  /** The tokens that clients asked for so far, in order. */
  tokens(): readonly TokenRequest[];
  /** Where the bytes of a blob or manifest lie, so that a test can spoil them. */
  blobFile(digest: string): string;
  /**
   * Makes it lose a manifest: asked for by digest it answers 404, and by a tag that names it too; the tag stays listed.
   *
   * @param repository such as `redis`
   * @param digest `sha256:…`
   */
  loseManifest(repository: string, digest: string): Promise<void>;
  /** Stops it; does nothing the second time. */
  stop(): Promise<void>;
}

/**
 * Starts the reference registry (CNCF Distribution 2.8, Debian's package) on 127.0.0.1. It ends when this process ends, however that happens.
 *
 * @param options rights, storage, port
 * @throws {UserError} it can't be had on this machine (see `registryAvailability`), or did not come up
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  if (options.storage !== undefined && !isAbsolute(options.storage))
    throw new UserError(`The registry's storage is not an absolute path: ${options.storage}`);
  const program = await ensureRegistry(options);
  const folder = await mkdtemp(join(tmpdir(), 'dockyard-registry-'));
  const storage = options.storage ?? join(folder, 'storage');
  const open = options.users === undefined && options.anonymous === undefined;
  const tokens = open ? undefined : await startTokenServer(options);
  const cleanUp = async (): Promise<void> => {
    await tokens?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await mkdir(storage, { recursive: true });
    const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
    const certificate = join(folder, 'tokens.pem');
    if (tokens !== undefined) await writeFile(certificate, tokens.certificate);
    const config = join(folder, 'config.json');
    const token = tokens === undefined ? {} : { token: { ...pick(tokens), certificate } };
    await writeFile(config, registryConfig({ port, storage, deletes: options.deletes ?? true, ...token }));
    const daemon = await serve(program, config, join(folder, 'log'));
    const host = `127.0.0.1:${String(port)}`;
    let stopped: Promise<void> | undefined;
    return {
      host,
      url: `http://${host}`,
      storage,
      logs: async () => daemon.logs(),
      tokens: () => [...(tokens?.requests ?? [])],
      blobFile: (digest) => blobFile(storage, digest),
      loseManifest: (repository, digest) => loseManifest(storage, repository, digest),
      stop: () => (stopped ??= daemon.stop().then(cleanUp)),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function pick({ realm, service, issuer }: { realm: string; service: string; issuer: string }) {
  return { realm, service, issuer };
}

async function serve(
  program: string,
  config: string,
  log: string,
): Promise<{ logs: () => string; stop: () => Promise<void> }> {
  const end = new AbortController();
  const lines: string[] = [];
  const state = { running: true, listens: false };
  const run = exec(
    // Our own exit ends it, and so does our being killed. In the root folder, as ours may be deleted meanwhile.
    { command: 'setpriv', args: ['--pdeathsig', 'KILL', program, 'serve', config], cwd: '/' },
    {
      signal: end.signal,
      killAfterMs: 5_000,
      reject: false,
      logFile: log,
      onLine: (line) => {
        lines.push(line);
        // Not an answer on its port: that could be a stranger's.
        state.listens ||= line.includes('msg="listening on ');
      },
    },
  ).then(
    () => void (state.running = false),
    () => void (state.running = false),
  );
  const stop = async (): Promise<void> => {
    end.abort();
    await run;
  };
  try {
    await waitForDaemon({
      name: 'docker-registry',
      ready: async () => state.listens,
      alive: async () => state.running,
      log,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { logs: () => lines.join('\n'), stop };
}
