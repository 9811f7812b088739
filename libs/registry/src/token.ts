import { namedUrl } from '@dockyard/sources';
import { z } from 'zod';
import type { Credentials } from './auth-file.ts';
import type { Challenge } from './challenge.ts';
import { answerError, networkError, RegistryError } from './errors.ts';
import { type Http, type HttpRequest, parseJson, readBytes, readStart } from './http.ts';

const MOST_ANSWER = 1 << 20;
const MOST_SHOWN = 1 << 16;

// What a header field takes (RFC 6750, 2.1, is narrower, and not all keep to it).
const token = z.string().regex(/^[\x21-\x7e]+$/);
const answer = z.union([z.object({ token }), z.object({ access_token: token })]);

/** What {@link authorize} answers for. */
export interface TokenRequest {
  /** URL of the registry that has given the challenges. */
  readonly from: URL;
  /** What a token must allow: `repository:redis:pull,push`. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Answers the challenges of a registry: a token of the server that it names (distribution's token authentication, with its OAuth 2 variant for
 * identity tokens) before a password, which is sent to the registry alone. What is unknown is passed over.
 *
 * @param http asks the token server
 * @param challenges those of the registry itself
 * @returns the value of the field Authorization; undefined where nothing can be answered
 * @throws {RegistryError} the token server can't be reached, refuses, or is none that credentials are sent to
 */
export async function authorize(
  http: Http,
  challenges: readonly Challenge[],
  o: TokenRequest,
): Promise<string | undefined> {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer !== undefined) return `Bearer ${await fetchToken(http, bearer, o)}`;
  return challenges.some(({ scheme }) => scheme === 'basic') ? basic(o.credentials) : undefined;
}

async function fetchToken(http: Http, { parameters }: Challenge, o: TokenRequest): Promise<string> {
  const realm = parameters.get('realm') ?? '';
  // A realm is no relative URL.
  const named = URL.canParse(realm) ? namedUrl(realm, o.from) : { refused: 'it is no URL' };
  if ('refused' in named)
    throw new RegistryError(`${o.from.origin} names a token server that is not asked: ${named.refused}`, {
      transient: false,
      hint: 'The registry has to name one by https:, in the field WWW-Authenticate.',
    });
  const { url } = named;
  const what = `asking ${url.origin} for a token for ${o.from.host}`;
  const found = await http.send(requestOf(url, what, parameters.get('service'), o));
  if (found.status < 200 || found.status > 299)
    throw answerError(what, found.status, found.headers, await readStart(found, MOST_SHOWN));
  const bytes = await readBytes(found.body, MOST_ANSWER).catch((error: unknown) => {
    throw networkError(what, error);
  });
  const parsed = answer.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) throw new RegistryError(`${what}: the answer holds none`, { transient: false });
  return 'token' in parsed.data ? parsed.data.token : parsed.data.access_token;
}

function requestOf(realm: URL, what: string, service: string | undefined, o: TokenRequest): HttpRequest {
  const url = new URL(realm);
  const signal = o.signal === undefined ? {} : { signal: o.signal };
  const { credentials, scopes } = o;
  const parameters = new URLSearchParams(service === undefined ? {} : { service });
  if (credentials?.username !== '<token>') {
    if (credentials !== undefined) parameters.set('account', credentials.username);
    for (const scope of scopes) parameters.append('scope', scope);
    url.search = new URLSearchParams([...url.searchParams, ...parameters]).toString();
    return { method: 'GET', url, what, authorization: basic(credentials), ...signal };
  }
  const form = {
    ...{ scope: scopes.join(' '), grant_type: 'refresh_token', client_id: 'dockyard' },
    refresh_token: credentials.password,
  };
  for (const [name, value] of Object.entries(form)) parameters.set(name, value);
  return {
    ...{ method: 'POST', url, what, confidential: true },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(parameters.toString()),
    ...signal,
  };
}

function basic(credentials: Credentials | undefined): string | undefined {
  // An identity token is for the token server, and no password.
  if (credentials === undefined || credentials.username === '<token>') return undefined;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
