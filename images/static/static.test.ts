import { X509Certificate } from 'node:crypto';
import { imageUnderTest } from '@dockyard/image-test';
import { beforeAll, expect, it } from 'vitest';

let files: Awaited<ReturnType<ReturnType<typeof imageUnderTest>['added']>>;

beforeAll(async () => {
  files = await imageUnderTest().added();
});

function text(path: string): string {
  const file = files.get(path);
  if (file?.type !== 'file') throw new Error(`${path} is no file of the image`);
  return file.content.toString();
}

it('trusts the authorities that Debian trusts', async () => {
  const bundle = text('etc/ssl/certs/ca-certificates.crt');
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  expect(certificates.length).toBeGreaterThan(100);
  for (const certificate of certificates) expect(new X509Certificate(certificate).ca).toBe(true);
  expect((await imageUnderTest().config()).config?.Env).toContain('SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt');
});

it('knows time zones, protocols and types', () => {
  for (const zone of ['Etc/UTC', 'Europe/Zurich', 'Asia/Tokyo'])
    expect(files.get(`usr/share/zoneinfo/${zone}`)?.content.toString('latin1', 0, 4)).toBe('TZif');
  expect(files.get('etc/localtime')?.link).toBe('/usr/share/zoneinfo/Etc/UTC');
  expect(text('etc/services')).toMatch(/^https\s+443\/tcp/m);
  expect(text('etc/mime.types')).toMatch(/^text\/html\s/m);
  expect(text('usr/lib/os-release')).toContain('VERSION_CODENAME=trixie');
});

it('runs programs as a user that is not root, by number', async () => {
  const { User, WorkingDir } = (await imageUnderTest().config()).config ?? {};
  expect([User, WorkingDir]).toEqual(['65532:65532', '/home/nonroot']);
  expect(text('etc/passwd')).toMatch(/^nonroot:x:65532:65532:/m);
  expect(text('etc/group')).toMatch(/^nonroot:x:65532:$/m);
  expect(files.get('home/nonroot')).toMatchObject({ type: 'directory', mode: 0o700, uid: 65532, gid: 65532 });
  expect(files.get('tmp')).toMatchObject({ type: 'directory', mode: 0o1777 });
});

it('holds no program, and nothing that gives rights', () => {
  const entries = [...files];
  const programs = entries.filter(([, { type, mode, content }]) => {
    const magic = content.subarray(0, 4).toString('latin1');
    return type === 'file' && ((mode & 0o111) !== 0 || magic === '\x7fELF' || magic.startsWith('#!'));
  });
  expect(programs.map(([path]) => path)).toEqual([]);
  expect(entries.filter(([, { type, mode }]) => type === 'file' && (mode & 0o6002) !== 0)).toEqual([]);
});

it('says which packages it is made of, with their licences', () => {
  const packages = [...files.keys()].filter((path) => path.startsWith('var/lib/dpkg/status.d/'));
  expect(packages.map((path) => path.split('/').at(-1))).toEqual(expect.arrayContaining(['ca-certificates', 'tzdata']));
  for (const path of packages) {
    expect(text(path)).toMatch(/^Version: /m);
    expect(text(`usr/share/doc/${path.split('/').at(-1) ?? ''}/copyright`)).not.toBe('');
  }
});
