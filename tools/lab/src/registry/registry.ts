import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import getPort from 'get-port';
import { waitForDaemon } from '../daemon.ts';
import { registryBinary } from './binary.ts';
import { type Grants, startTokenServer, type TokenServer } from './token-server.ts';

/** A real registry on the loopback. */
export interface Registry {
  /** `127.0.0.1:port`, as references write it. */
  readonly host: string;
  /** What it logged. */
  logs(): Promise<string>;
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** Absolute path of the folder that its program is kept in. */
  readonly dir: string;
  /** Who may do what; everyone everything when absent. */
  readonly users?: Readonly<Record<string, { password: string; grants: Grants }>>;
  /** What may be done without a name. */
  readonly anonymous?: Grants;
  /** Seconds that a token is good for; default 300. */
  readonly tokenSeconds?: number;
  /** `false`: it removes nothing. */
  readonly deletes?: boolean;
  /** Absolute path of a folder for its data; a temporary one when absent. */
  readonly storage?: string;
}

/**
 * Starts the reference registry (Debian's docker-registry). It ends with this process.
 *
 * @throws {UserError} it can't be had, or doesn't start
 */
export async function startRegistry(o: RegistryOptions): Promise<Registry> {
  const binary = await registryBinary(o.dir);
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const storage = o.storage ?? join(folder, 'data');
  await mkdir(storage, { recursive: true });
  const port = await getPort({ host: '127.0.0.1' });
  const host = `127.0.0.1:${String(port)}`;
  let tokens: TokenServer | undefined;
  if (o.users !== undefined || o.anonymous !== undefined)
    tokens = await startTokenServer({
      service: host,
      users: o.users ?? {},
      anonymous: o.anonymous ?? {},
      seconds: o.tokenSeconds ?? 300,
    });
  const bundle = join(folder, 'token.pem');
  if (tokens !== undefined) await writeFile(bundle, tokens.certificate);
  const config = join(folder, 'config.json');
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: storage },
        delete: { enabled: o.deletes ?? true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: host, relativeurls: true },
      ...(tokens !== undefined && {
        auth: { token: { realm: tokens.realm, service: host, issuer: tokens.issuer, rootcertbundle: bundle } },
      }),
    }),
  );
  const log = join(folder, 'log');
  await writeFile(log, '');
  const ending = new AbortController();
  let ended = false;
  const process = exec(
    { command: binary, args: ['serve', config], cwd: folder, env: { OTEL_TRACES_EXPORTER: 'none' } },
    { logFile: log, signal: ending.signal, killAfterMs: 2_000 },
  )
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  const stop = async (): Promise<void> => {
    ending.abort();
    await process;
    await tokens?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await waitForDaemon({
      name: 'The registry',
      ready: () =>
        fetch(`http://${host}/v2/`).then(
          () => true,
          () => false,
        ),
      alive: () => Promise.resolve(!ended),
      log,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, logs: () => readFile(log, 'utf8'), stop };
}
