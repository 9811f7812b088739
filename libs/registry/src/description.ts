import { z } from 'zod';
import type { Credentials } from './auth-file.ts';
import { credentialStore, type CredentialStore } from './credentials.ts';
import { answerError, networkError, RegistryError } from './errors.ts';
import { Http, parseJson, readBytes, readStart } from './http.ts';
import { hostOf, type RepositoryName, repositoryText } from './reference.ts';

/** What a registry's web page shows of a repository. */
export interface Description {
  /** One line. */
  readonly short: string;
  /** Markdown; what is shown stays when absent. */
  readonly readme?: string;
}

/** How {@link pushDescription} works. */
export interface DescriptionOptions {
  readonly credentials?: CredentialStore;
  /** Where the APIs lie, in place of the real ones. */
  readonly origins?: Partial<Record<'docker.io' | 'quay.io', string>>;
  readonly signal?: AbortSignal;
}

/** Docker Hub shows that many characters of a description, and takes so many bytes of a README. */
const MOST_SHORT = 100;
const MOST_README = 25_000;
/** Quay takes an OAuth token for a password under this name, and its API takes nothing else. */
const QUAY_TOKEN = '$oauthtoken';
const SILENCE = 30_000;
const MOST_ANSWER = 4 << 20;
const MOST_SHOWN = 1 << 16;

const hubToken = z.object({ access_token: z.string() });
const hubRepository = z.object({ description: z.string().nullish(), full_description: z.string().nullish() });
const quayRepository = z.object({ description: z.string().nullish() });

/**
 * Writes a repository's description, where its registry has an API for it: Docker Hub (`/v2/auth/token`, `/v2/repositories/…`) and Quay
 * (`/api/v1/repository/…`). GitLab and GHCR have none; GHCR shows the annotation `org.opencontainers.image.description`. It is read first, and
 * written only where it differs.
 *
 * @returns whether it was changed, and whether the README was too long for the registry
 * @throws {RegistryError} the API can't be reached, or refuses
 */
export async function pushDescription(
  repository: RepositoryName,
  description: Description,
  o: DescriptionOptions = {},
): Promise<{ changed: boolean; cut: boolean }> {
  const api = hostOf(repository.registry);
  if (api !== 'docker.io' && api !== 'quay.io') return { changed: false, cut: false };
  const credentials = await (o.credentials ?? credentialStore())(repository);
  const target = { repository, description, credentials, ...(o.signal !== undefined && { signal: o.signal }) };
  return api === 'docker.io'
    ? toDockerHub({ ...target, origin: o.origins?.['docker.io'] ?? 'https://hub.docker.com' })
    : toQuay({ ...target, origin: o.origins?.['quay.io'] ?? 'https://quay.io' });
}

interface Target {
  readonly repository: RepositoryName;
  readonly description: Description;
  readonly credentials: Credentials | undefined;
  readonly origin: string;
  readonly signal?: AbortSignal;
}

async function toDockerHub(target: Target): Promise<{ changed: boolean; cut: boolean }> {
  const { repository, description, credentials } = target;
  if (credentials === undefined || credentials.username === '<token>')
    throw new RegistryError('Docker Hub takes a name and an access token for it, and there are none', {
      transient: false,
      hint: 'Run docker login docker.io with an access token that may read, write and delete.',
    });
  const login = { identifier: credentials.username, secret: credentials.password };
  const { access_token: token } = await ask(target, 'POST', '/v2/auth/token', hubToken, { body: login });
  const path = `/v2/repositories/${repository.name}/`;
  const shown = await ask(target, 'GET', path, hubRepository, { token });
  const readme = description.readme === undefined ? undefined : cutLines(description.readme, MOST_README);
  const wanted = {
    description: cutWords(description.short, MOST_SHORT),
    ...(readme !== undefined && { full_description: readme }),
  };
  const same =
    shown.description === wanted.description && (readme === undefined || (shown.full_description ?? '') === readme);
  if (!same) await ask(target, 'PATCH', path, z.unknown(), { token, body: wanted });
  return { changed: !same, cut: readme !== description.readme };
}

async function toQuay(target: Target): Promise<{ changed: boolean; cut: boolean }> {
  const { repository, description, credentials } = target;
  if (credentials?.username !== QUAY_TOKEN)
    throw new RegistryError("Quay's API takes an OAuth token only, and these credentials are none", {
      transient: false,
      hint: `Log in to quay.io as ${QUAY_TOKEN}, with an OAuth token that may write repositories for a password.`,
    });
  const path = `/api/v1/repository/${repository.name}`;
  const token = credentials.password;
  const shown = await ask(target, 'GET', `${path}?includeTags=false`, quayRepository, { token });
  const text = description.readme ?? description.short;
  if (shown.description === text) return { changed: false, cut: false };
  await ask(target, 'PUT', path, z.unknown(), { token, body: { description: text } });
  return { changed: true, cut: false };
}

/** One request with JSON both ways. Its errors name the repository and the API, never what was sent. */
async function ask<T>(
  { repository, origin, signal }: Target,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  schema: z.ZodType<T>,
  { token, body }: { token?: string; body?: object },
): Promise<T> {
  const what = `${method} ${new URL(path, origin).pathname} for ${repositoryText(repository)}`;
  const http = new Http(SILENCE);
  try {
    const answer = await http.send({
      ...{ method, what, url: new URL(path, origin) },
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)), confidential: true }),
      ...(signal !== undefined && { signal }),
    });
    if (answer.status < 200 || answer.status > 299)
      throw answerError(what, answer.status, answer.headers, await readStart(answer, MOST_SHOWN));
    const bytes = await readBytes(answer.body, MOST_ANSWER).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw networkError(what, error);
    });
    const parsed = schema.safeParse(parseJson(bytes.toString('utf8')));
    if (!parsed.success) throw new RegistryError(`${what}: the answer is another than expected`, { transient: false });
    return parsed.data;
  } finally {
    await http.close();
  }
}

/** At most so many characters, cut between words. */
function cutWords(text: string, most: number): string {
  if (text.length <= most) return text;
  const start = text.slice(0, most - 1);
  return `${start.slice(0, start.lastIndexOf(' ') > 0 ? start.lastIndexOf(' ') : undefined)}…`;
}

/** At most so many bytes, cut between lines. */
function cutLines(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  const end = bytes.subarray(0, most).lastIndexOf(0x0a);
  return bytes.subarray(0, end + 1).toString('utf8');
}
