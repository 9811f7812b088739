import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { exec as realExec, type Exec, UserError } from '@dockyard/exec';
import { z } from 'zod';

/** What a registry knows a user by. A `username` of `<token>` says that the password is an identity token (OAuth 2). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Finds the credentials for a registry; undefined: ask as nobody. */
export type CredentialStore = (registry: string) => Promise<Credentials | undefined>;

const entry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const config = z.looseObject({
  auths: z.record(z.string(), entry).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});
type Config = z.infer<typeof config>;

const helped = z.object({ Username: z.string(), Secret: z.string() });

/**
 * The credentials that a person or a job of GitLab already has, in this order: the file REGISTRY_AUTH_FILE, the JSON text in
 * DOCKER_AUTH_CONFIG, the job's own for GitLab's registry (CI_REGISTRY, CI_REGISTRY_USER, CI_REGISTRY_PASSWORD), then what
 * `podman login` and `docker login` keep, with Docker's credential helpers. Nothing of it reaches an argument list or a log.
 *
 * @param env the environment
 * @param exec runs credential helpers
 * @returns the store; it throws a UserError where a file is no Docker configuration or a helper fails
 */
export function credentialStore(env: NodeJS.ProcessEnv = process.env, exec: Exec = realExec): CredentialStore {
  return async (registry) => {
    if (env['REGISTRY_AUTH_FILE'] !== undefined)
      return find(await readConfig(env['REGISTRY_AUTH_FILE'], true), registry, exec);
    if (env['DOCKER_AUTH_CONFIG'] !== undefined) {
      const found = await find(parseConfig(env['DOCKER_AUTH_CONFIG'], 'DOCKER_AUTH_CONFIG'), registry, exec);
      if (found !== undefined) return found;
    }
    const { CI_REGISTRY: host, CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = env;
    if (host === registry && username !== undefined && password !== undefined) return { username, password };
    const home = env['HOME'] ?? homedir();
    const files = [
      ...(env['XDG_RUNTIME_DIR'] === undefined ? [] : [join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json')]),
      join(home, '.config', 'containers', 'auth.json'),
      join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json'),
    ];
    for (const file of files) {
      const found = await find(await readConfig(file, false), registry, exec);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function readConfig(file: string, required: boolean): Promise<Config> {
  try {
    return parseConfig(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (!required) return {};
    throw new UserError(`${file} can't be read, which REGISTRY_AUTH_FILE names.`, { cause: error });
  }
}

function parseConfig(text: string, name: string): Config {
  try {
    return config.parse(JSON.parse(text));
  } catch {
    // The cause would show the text, and with it the secrets.
    throw new UserError(`${name} is no configuration of Docker's.`, {
      hint: 'It is JSON: {"auths": {"registry.example.com": {"auth": "…"}}}. Log in again, or correct the variable.',
    });
  }
}

async function find(config: Config, registry: string, exec: Exec): Promise<Credentials | undefined> {
  const names = namesOf(registry);
  const helper = names.map((name) => config.credHelpers?.[name]).find((name) => name !== undefined);
  if (helper !== undefined) return ask(helper, names, exec);
  for (const name of names) {
    const found = config.auths?.[name];
    const credentials = found === undefined ? undefined : read(found);
    if (credentials !== undefined) return credentials;
  }
  return config.credsStore === undefined ? undefined : ask(config.credsStore, names, exec);
}

/** The keys under which clients keep one registry. */
function namesOf(registry: string): string[] {
  if (registry === 'docker.io') return ['docker.io', 'https://index.docker.io/v1/', 'index.docker.io'];
  return [registry, `https://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`];
}

function read(found: z.infer<typeof entry>): Credentials | undefined {
  if (found.identitytoken !== undefined && found.identitytoken !== '')
    return { username: '<token>', password: found.identitytoken };
  if (found.auth !== undefined && found.auth !== '') {
    const text = Buffer.from(found.auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (found.username === undefined || found.password === undefined) return undefined;
  return { username: found.username, password: found.password };
}

/** docker-credential-helpers: the name on stdin, JSON on stdout; "credentials not found" is no failure. */
async function ask(helper: string, names: readonly string[], exec: Exec): Promise<Credentials | undefined> {
  for (const name of names) {
    const command = { command: `docker-credential-${helper}`, args: ['get'], input: name };
    const { exitCode, stdout, stderr } = await exec(command, { reject: false });
    if (exitCode === 0) {
      const { Username: username, Secret: password } = helped.parse(JSON.parse(stdout));
      return { username, password };
    }
    if (!/not found/i.test(stdout + stderr))
      throw new UserError(`docker-credential-${helper} gives no credentials for ${name}.`, {
        hint: `Run docker login, or correct credHelpers in Docker's configuration.`,
      });
  }
  return undefined;
}
