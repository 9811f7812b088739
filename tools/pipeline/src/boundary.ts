import { createHash, randomBytes } from 'node:crypto';
import { registriesOf } from '@dockyard/publish';
import {
  Client,
  type ClientOptions,
  credentialStore,
  type Credentials,
  type CredentialStore,
  RegistryError,
  type RepositoryName,
  repositoryText,
  stateOf,
} from '@dockyard/registry';
import { cacheRepositories } from '@dockyard/remote-cache';

type Environment = Readonly<Record<string, string | undefined>>;

/** Something that lets more jobs write than should, and what to set. */
export interface Opening {
  readonly what: string;
  readonly fix: string;
}

const PINNED = /@sha256:[0-9a-f]{64}$/;
const BYTES = 16;

/**
 * Tries what whoever gets a job of a protected branch to run something of his would try: with what every such job has, and not only the one
 * that publishes, to push to the cache that the default branch reads, to the record of what is published, and to the images. Of what may be
 * pushed a few random bytes are left behind, which no tag leads to.
 *
 * @param o.env the job's environment: DOCKYARD_CACHE and DOCKYARD_REGISTRIES say where, CI_REGISTRY, CI_REGISTRY_USER, CI_REGISTRY_PASSWORD
 *   and DOCKER_AUTH_CONFIG with what
 * @param o.images names of the images
 * @param o.client options of the client
 * @returns what is open; nothing where the boundary holds
 * @throws {UserError} a registry doesn't answer, or takes the job's token for none, so that it can't be told
 */
export async function boundaryOpenings(o: {
  env: Environment;
  images: readonly string[];
  client?: Omit<ClientOptions, 'credentials'>;
}): Promise<Opening[]> {
  const { env } = o;
  const image = env['CI_JOB_IMAGE'] ?? env['DOCKYARD_CI_IMAGE'] ?? '';
  const openings: Opening[] = PINNED.test(image)
    ? []
    : [
        {
          what: `This job runs in the image ${JSON.stringify(image)}: whoever moves its tag runs beside the token that publishes.`,
          fix: 'Set DOCKYARD_CI_IMAGE, in .ci/jobs.yml or as a protected variable, to one with a digest: <image>:<tag>@sha256:<digest>.',
        },
      ];
  const repositories = new Map<string, RepositoryName>();
  const caches = cacheRepositories(env);
  const prefixes = registriesOf(env);
  for (const repository of [
    ...(caches === undefined ? [] : [caches.protected]),
    ...prefixes.map(stateOf),
    ...prefixes.flatMap(({ registry, name }) => o.images.map((own) => ({ registry, name: `${name}/${own}` }))),
  ])
    repositories.set(repositoryText(repository), repository);

  const plain: CredentialStore = ({ registry }) => Promise.resolve(ofJob(env, registry));
  for (const name of await writable([...repositories.values()], plain, o))
    openings.push({
      what: `${name} takes a push with the job's own token, which has the rights of who started the pipeline.`,
      fix: 'Protect it: Settings, Packages and registries, Protected container repositories, push by owners; where owners start pipelines, keep it in a project of its own. docs/ci.md says how.',
    });
  if ((env['DOCKER_AUTH_CONFIG'] ?? '') !== '')
    for (const name of await writable([...repositories.values()], credentialStore({ ...env }), o))
      openings.push({
        what: `${name} takes a push with what DOCKER_AUTH_CONFIG holds, which this job has without having to publish.`,
        fix: "Give the variable DOCKER_AUTH_CONFIG the environment scope `publish`, and the cache's own the scope `cache/protected`: docs/ci.md.",
      });
  return openings;
}

/** The token that GitLab gives to every job. */
function ofJob(env: Environment, registry: string): Credentials | undefined {
  const { CI_REGISTRY: host, CI_REGISTRY_USER: username, CI_REGISTRY_PASSWORD: password } = env;
  return host === registry && username !== undefined && password !== undefined ? { username, password } : undefined;
}

async function writable(
  repositories: readonly RepositoryName[],
  credentials: CredentialStore,
  { client: options, env }: Parameters<typeof boundaryOpenings>[0],
): Promise<string[]> {
  const client = new Client({ ...options, credentials });
  const found: string[] = [];
  try {
    for (const repository of repositories) {
      // A token that is good for nothing would prove nothing.
      if (repository.registry === env['CI_REGISTRY']) await client.findManifest(repository, 'latest');
      if (await takesPush(client, repository)) found.push(repositoryText(repository));
    }
  } finally {
    await client.close();
  }
  return found;
}

async function takesPush(client: Client, repository: RepositoryName): Promise<boolean> {
  const bytes = randomBytes(BYTES);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
  try {
    await client.pushBytes(repository, { mediaType: 'application/octet-stream', digest, size: bytes.length }, bytes);
    return true;
  } catch (error) {
    if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) return false;
    throw error;
  }
}
