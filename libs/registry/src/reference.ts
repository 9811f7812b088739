import { UserError } from '@dockyard/exec';
import { isLoopback } from '@dockyard/sources';

/** A repository of a registry. */
export interface RepositoryName {
  /** `host[:port]` */
  readonly registry: string;
  /** What the API calls `<name>`: `group/project/redis`. */
  readonly name: string;
}

const HOST = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Docker Hub has several names, and answers its API under another one than references use. */
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_API = 'registry-1.docker.io';
const DOCKER_HUB_NAMES = new Set([DOCKER_HUB, 'index.docker.io', DOCKER_HUB_API]);

/**
 * Reads the name of a repository.
 *
 * @param text `host[:port]/name`, without tag and digest. The host is never left out: a name alone would mean Docker Hub to one tool
 *   and something else to the next.
 * @throws UserError where it is none (OCI distribution spec 1.1, "Pulling manifests").
 */
export function parseRepository(text: string): RepositoryName {
  const slash = text.indexOf('/');
  const registry = text.slice(0, Math.max(slash, 0));
  const name = text.slice(slash + 1);
  const host = HOST.test(registry) && (/[.:]/.test(registry) || registry === 'localhost');
  if (!host || !NAME.test(name))
    throw new UserError(`${JSON.stringify(text)} names no repository of a registry.`, {
      hint: 'Write host[:port]/name in lower case and without a tag, such as registry.example.com/group/images.',
    });
  return { registry, name };
}

/** The repository as references write it. */
export function repositoryText({ registry, name }: RepositoryName): string {
  return `${registry}/${name}`;
}

/**
 * Brings a registry's host into the one form that hosts are compared in: as URLs are, by scheme, host and port. Plain HTTP is spoken with this
 * machine only, as Docker does it.
 *
 * @param text `host[:port]`
 * @returns lower case, without the port that its scheme has anyway, and `docker.io` for every name of Docker Hub; undefined where it is no host
 */
export function hostOf(text: string): string | undefined {
  if (!HOST.test(text) || !URL.canParse(`https://${text}`)) return undefined;
  const { hostname } = new URL(`https://${text}`);
  const { host } = new URL(`${schemeOf(hostname)}://${text}`);
  return DOCKER_HUB_NAMES.has(host) ? DOCKER_HUB : host;
}

/**
 * The URL below which a registry's API lies.
 *
 * @param registry `host[:port]`
 */
export function apiUrl(registry: string): URL {
  const host = hostOf(registry) === DOCKER_HUB ? DOCKER_HUB_API : registry;
  return new URL(`${schemeOf(new URL(`https://${host}`).hostname)}://${host}/v2/`);
}

function schemeOf(hostname: string): 'http' | 'https' {
  return isLoopback(hostname) ? 'http' : 'https';
}
