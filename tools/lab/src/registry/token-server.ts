import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Access, type Grants, grantedAccess, parseScope } from './grants.ts';
import { tokenSigner } from './token-signer.ts';

/** Who may do what in a registry. */
export interface TokenAuth {
  readonly users?: Readonly<Record<string, { readonly password: string; readonly grants: Grants }>>;
  /** What needs no credentials; nothing by default. */
  readonly anonymous?: Grants;
  /**
   * Seconds for which the registry takes a token; default 300. Clients are told the same, but most of them (containers/image, as the
   * specification demands) use a token for at least 60 seconds: a shorter one ends in the middle of their work.
   */
  readonly tokenSeconds?: number;
}

/** A token that was asked for. */
export interface TokenRequest {
  /** The user; undefined where no credentials were sent. */
  readonly account: string | undefined;
  readonly asked: readonly Access[];
  readonly granted: readonly Access[];
  /** HTTP status of the answer: 401 where the credentials are wrong. */
  readonly status: 200 | 401;
}

/** A running token server. */
export interface TokenServer {
  /** Where clients get tokens. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM of the certificate whose key signs. */
  readonly certificate: string;
  /** All tokens that were asked for, in order. */
  readonly requests: readonly TokenRequest[];
  stop(): Promise<void>;
}

const SERVICE = 'dockyard-lab-registry';
const ISSUER = 'dockyard-lab-tokens';

/**
 * Starts a server of tokens on 127.0.0.1, in this process, as distribution's token specification describes it: GET with Basic credentials.
 * POST (its OAuth2 variant) is answered with 405, as GitLab does. A token grants what is asked for and allowed, however little that is.
 *
 * @param auth who may do what
 */
export async function startTokenServer(auth: TokenAuth): Promise<TokenServer> {
  const signer = await tokenSigner();
  const seconds = auth.tokenSeconds ?? 300;
  const requests: TokenRequest[] = [];

  const answer = (request: IncomingMessage): { status: number; body: unknown } => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method !== 'GET') return { status: 405, body: {} };
    const asked = url.searchParams.getAll('scope').flatMap(parseScope);
    const credentials = basicCredentials(request.headers.authorization);
    const grants = credentials === undefined ? (auth.anonymous ?? {}) : grantsOf(auth, credentials);
    const account = credentials?.user;
    if (grants === undefined) {
      requests.push({ account, asked, granted: [], status: 401 });
      return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'wrong credentials' }] } };
    }
    const granted = grantedAccess(asked, grants);
    requests.push({ account, asked, granted, status: 200 });
    const now = Math.floor(Date.now() / 1000);
    const token = signer.sign({
      ...{ issuer: ISSUER, service: SERVICE, account: account ?? '' },
      ...{ access: granted, seconds, now },
    });
    const body = { token, access_token: token, expires_in: seconds, issued_at: new Date(now * 1000).toISOString() };
    return { status: 200, body };
  };

  const server = createServer((request, response) => {
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/token`,
    service: SERVICE,
    issuer: ISSUER,
    certificate: signer.certificate,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^Basic (.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? { user: text, password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function grantsOf({ users = {} }: TokenAuth, given: { user: string; password: string }): Grants | undefined {
  const user = Object.hasOwn(users, given.user) ? users[given.user] : undefined;
  return user?.password === given.password ? user.grants : undefined;
}
