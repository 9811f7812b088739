import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { Access } from './grants.ts';

const DAY_MS = 86_400_000;

// CNCF Distribution takes tokens for that much longer than they say, and from that much earlier.
const LEEWAY_SECONDS = 60;

/** Makes the tokens that a registry takes. */
export interface TokenSigner {
  /** PEM, for the registry's `rootcertbundle`. */
  readonly certificate: string;
  /**
   * @param claims.seconds how long the registry takes it, its own leeway counted in
   * @param claims.now Unix time in seconds
   */
  sign(claims: {
    readonly issuer: string;
    readonly service: string;
    readonly account: string;
    readonly access: readonly Access[];
    readonly seconds: number;
    readonly now: number;
  }): string;
}

/** Makes a key that exists in memory only, and its certificate, valid for a day. */
export async function tokenSigner(): Promise<TokenSigner> {
  const now = Date.now();
  const made = await generate([{ name: 'commonName', value: 'Test tokens' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
    ],
  });
  const key = createPrivateKey(made.private);
  const chain = [new X509Certificate(made.cert).raw.toString('base64')];
  return {
    certificate: made.cert,
    sign: (claims) => {
      const header = { typ: 'JWT', alg: 'ES256', x5c: chain };
      const payload = {
        iss: claims.issuer,
        sub: claims.account,
        aud: claims.service,
        exp: claims.now + claims.seconds - LEEWAY_SECONDS,
        nbf: claims.now - LEEWAY_SECONDS,
        iat: claims.now,
        jti: randomUUID(),
        access: claims.access,
      };
      const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
  };
}
