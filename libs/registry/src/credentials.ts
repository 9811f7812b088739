import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { exec as realExec, type Exec, UserError } from '@dockyard/exec';
import { type AuthFile, commonHelper, type Credentials, credentialsIn, helperFor, parseAuthFile } from './auth-file.ts';
import { askHelper } from './credential-helper.ts';
import { hostOf, type RepositoryName } from './reference.ts';

export type { Credentials } from './auth-file.ts';

/** Finds the credentials for a repository; undefined: ask as nobody. */
export type CredentialStore = (repository: RepositoryName) => Promise<Credentials | undefined>;

/**
 * The credentials that a person or a job of GitLab already has. Where REGISTRY_AUTH_FILE names a file, that one alone counts. Else they come, in
 * this order, from the JSON text in DOCKER_AUTH_CONFIG, the job's own for GitLab's registry (CI_REGISTRY, CI_REGISTRY_USER,
 * CI_REGISTRY_PASSWORD), and what `podman login` and `docker login` keep (containers-auth.json(5)), with credential helpers. Nothing of it
 * reaches an argument list or a log.
 *
 * @param env the environment
 * @param exec runs credential helpers
 * @returns the store; it throws a UserError where a file can't be read or a helper fails
 */
export function credentialStore(env: NodeJS.ProcessEnv = process.env, exec: Exec = realExec): CredentialStore {
  return async (repository) => {
    const { REGISTRY_AUTH_FILE: only, DOCKER_AUTH_CONFIG: text } = env;
    if (isSet(only)) {
      const file = await read(only);
      if (file === undefined) throw new UserError(`${only} isn't there, which REGISTRY_AUTH_FILE names.`);
      return find(file, repository, exec);
    }
    if (isSet(text)) {
      const found = await find(parseAuthFile(text, 'DOCKER_AUTH_CONFIG'), repository, exec);
      if (found !== undefined) return found;
    }
    const { CI_REGISTRY: host, CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = env;
    const isJobs = isSet(host) && hostOf(host) === hostOf(repository.registry);
    if (isJobs && isSet(username) && isSet(password)) return { username, password };
    for (const path of filesOf(env)) {
      const file = await read(path);
      const found = file === undefined ? undefined : await find(file, repository, exec);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function filesOf(env: NodeJS.ProcessEnv): string[] {
  const or = (value: string | undefined, other: string): string => (isSet(value) ? value : other);
  const home = or(env['HOME'], homedir());
  // Where Podman keeps them when nobody has set up a session.
  const runtime = or(env['XDG_RUNTIME_DIR'], `/run/containers/${String(process.getuid?.() ?? '')}`);
  return [
    isSet(env['XDG_RUNTIME_DIR']) ? join(runtime, 'containers', 'auth.json') : join(runtime, 'auth.json'),
    join(or(env['XDG_CONFIG_HOME'], join(home, '.config')), 'containers', 'auth.json'),
    join(or(env['DOCKER_CONFIG'], join(home, '.docker')), 'config.json'),
  ];
}

async function read(path: string): Promise<AuthFile | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(`${path}, which holds credentials for registries, can't be read (${code}).`, { cause: error });
  });
  return text === undefined ? undefined : parseAuthFile(text, path);
}

async function find(file: AuthFile, repository: RepositoryName, exec: Exec): Promise<Credentials | undefined> {
  const names = namesOf(repository.registry);
  const helper = helperFor(file, repository.registry);
  if (helper !== undefined) return askHelper(helper, names, exec);
  const found = credentialsIn(file, repository);
  if (found !== undefined) return found;
  const common = commonHelper(file);
  return common === undefined ? undefined : askHelper(common, names, exec);
}

/** The names under which `docker login` has a helper keep a registry. */
function namesOf(registry: string): string[] {
  return hostOf(registry) === 'docker.io'
    ? ['https://index.docker.io/v1/', 'docker.io']
    : [registry, `https://${registry}`];
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
