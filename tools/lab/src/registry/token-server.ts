import { randomUUID, sign, X509Certificate } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** Actions by repository; a name that ends in `*` stands for all that begin like it. */
export type Grants = Readonly<Record<string, readonly ('pull' | 'push' | 'delete')[]>>;

/** A running token server. */
export interface TokenServer {
  readonly realm: string;
  readonly issuer: string;
  /** PEM text of what signs its tokens. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/**
 * Serves tokens as distribution's token authentication wants them: those scopes of a request that the user was granted, and no more.
 *
 * @param o.service audience of the tokens
 * @param o.seconds that a token is good for
 */
export async function startTokenServer(o: {
  service: string;
  users: Readonly<Record<string, { password: string; grants: Grants }>>;
  anonymous: Grants;
  seconds: number;
}): Promise<TokenServer> {
  const issuer = 'test';
  const pair = await generate([{ name: 'commonName', value: issuer }], { keyType: 'ec', algorithm: 'sha256' });
  const chain = [new X509Certificate(pair.cert).raw.toString('base64')];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, encoded] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    let grants = o.anonymous;
    if (encoded !== undefined) {
      const [name = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
      const user = o.users[name];
      if (user?.password !== password.join(':')) {
        response.writeHead(401).end();
        return;
      }
      grants = user.grants;
    }
    const access = url.searchParams
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .flatMap((scope) => {
        const [type = '', name = '', actions = ''] = scope.split(':');
        const allowed = actions.split(',').filter((action) => isGranted(grants, name, action));
        return allowed.length > 0 ? [{ type, name, actions: allowed }] : [];
      });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: '',
      aud: o.service,
      nbf: now - 10,
      iat: now,
      exp: now + o.seconds,
      jti: randomUUID(),
      access,
    };
    const text = [{ typ: 'JWT', alg: 'ES256', x5c: chain }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(text), { key: pair.private, dsaEncoding: 'ieee-p1363' });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token: `${text}.${signature.toString('base64url')}`, expires_in: o.seconds }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${String(port)}/token`,
    issuer,
    certificate: pair.cert,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function isGranted(grants: Grants, repository: string, action: string): boolean {
  return Object.entries(grants).some(
    ([name, actions]) =>
      (name.endsWith('*') ? repository.startsWith(name.slice(0, -1)) : repository === name) &&
      (actions as readonly string[]).includes(action),
  );
}
