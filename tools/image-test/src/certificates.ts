import { generate } from 'selfsigned';

/** A certificate authority of one test. Everything is PEM text. */
export interface CertificateAuthority {
  /** What a client trusts. */
  readonly certificate: string;
  /** Makes a certificate of a server at `localhost` (127.0.0.1, ::1), with its private key. */
  issue(): Promise<{ readonly certificate: string; readonly key: string }>;
}

const HOUR = 3_600_000;

/** Makes a certificate authority that exists in memory only and is valid for an hour. */
export async function certificateAuthority(): Promise<CertificateAuthority> {
  const now = Date.now();
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    // The engine's machine may have a clock of its own.
    notBeforeDate: new Date(now - HOUR),
    notAfterDate: new Date(now + HOUR),
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'Test authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  return {
    certificate: authority.cert,
    issue: async () => {
      const server = await generate([{ name: 'commonName', value: 'localhost' }], {
        ...common,
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
              { type: 7, ip: '::1' },
            ],
          },
        ],
      });
      return { certificate: server.cert, key: server.private };
    },
  };
}
