import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summarizeChangelog } from './changelog.ts';
import { compareLocks, readSourceChanges, type SourceChange } from './lock-changes.ts';
import type { LockedPackage, LockedPackages } from './locked-packages.ts';
import { writeDeb } from './testing/deb.ts';
import { startServer, type TestServer } from './testing/server.ts';

const CHANGELOG = `openssl (3.5.4-1~deb13u2) trixie-security; urgency=medium

  * CVE-2026-20002 (Another one)

 -- A Maintainer <a@example.org>  Tue, 03 Nov 2026 10:00:00 +0000

openssl (3.5.4-1~deb13u1) trixie-security; urgency=high

  * CVE-2026-10000 and, again, CVE-2026-20002 (no new number)
  * New upstream release (3.5.4).

 -- A Maintainer <a@example.org>  Mon, 02 Nov 2026 10:00:00 +0000

openssl (3.5.1-1+deb13u1) trixie; urgency=emergency

  * CVE-2025-99999

 -- A Maintainer <a@example.org>  Sun, 01 Nov 2026 10:00:00 +0000
`;

describe('a changelog', () => {
  it('tells the highest urgency and all CVE numbers between two versions', () => {
    expect(summarizeChangelog(CHANGELOG, '3.5.1-1+deb13u1')).toEqual({
      urgency: 'high',
      cves: ['CVE-2026-10000', 'CVE-2026-20002'],
    });
    expect(summarizeChangelog(CHANGELOG, '3.5.4-1~deb13u1')).toEqual({ urgency: 'medium', cves: ['CVE-2026-20002'] });
  });

  it('goes back to a version that it leaves out', () => {
    expect(summarizeChangelog(CHANGELOG, '3.5.2-1')?.cves).toHaveLength(2);
  });

  it('tells of its newest entry only where it counts otherwise, and of none where nothing is newer', () => {
    expect(summarizeChangelog(CHANGELOG, undefined)).toEqual({ urgency: 'medium', cves: ['CVE-2026-20002'] });
    expect(summarizeChangelog(CHANGELOG, '3.5.4-1~deb13u2')).toBeUndefined();
    expect(summarizeChangelog('', '1')).toBeUndefined();
  });
});

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const locked = (name: string, version: string, source = name, architecture = 'amd64'): LockedPackage => ({
  name,
  version,
  architecture,
  path: `pool/main/${source.slice(0, 1)}/${source}/${name}_${version}_${architecture}.deb`,
  size: 1,
  sha256: digest(`${name} ${version} ${architecture}`),
});
const lock = (...packages: LockedPackage[]): LockedPackages => ({ suite: 'trixie', architecture: 'amd64', packages });

describe('locks that changed', () => {
  it('give each change once, with where it is', () => {
    const changes = compareLocks([
      { file: 'a', before: lock(locked('x', '1'), locked('y', '1')), after: lock(locked('x', '2'), locked('y', '1')) },
      {
        file: 'b',
        before: lock(locked('x', '1'), locked('gone', '3')),
        after: lock(locked('x', '2'), locked('new', '4')),
      },
      { file: 'c', before: undefined, after: lock(locked('x', '2')) },
    ]);
    expect(changes.map(({ name, before, after, files }) => [name, before, after, files])).toEqual([
      ['gone', '3', undefined, ['b']],
      ['new', undefined, '4', ['b']],
      ['x', '1', '2', ['a', 'b']],
      ['x', undefined, '2', ['c']],
    ]);
  });

  it('show other bytes under the same version', () => {
    const other = { ...locked('x', '1'), sha256: digest('other') };
    expect(compareLocks([{ file: 'a', before: lock(locked('x', '1')), after: lock(other) }])).toHaveLength(1);
  });
});

describe('the changelogs of new packages', () => {
  let dir: string;
  let server: TestServer;
  let packages: Map<string, Buffer>;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lock-changes-'));
    packages = new Map();
    server = await startServer((request, response) => {
      const body = packages.get(decodeURIComponent(request.url ?? ''));
      if (body === undefined) response.writeHead(404).end();
      else response.end(body);
    });
  });
  afterEach(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Puts a package on the mirror. */
  async function deb(
    name: string,
    version: string,
    source: string,
    files: Record<string, string | Buffer>,
    field = source,
  ) {
    const file = join(dir, name);
    const control = `Package: ${name}\nSource: ${field}\nVersion: ${version}\nArchitecture: amd64\n`;
    const entries = Object.entries(files).map(([path, content]) =>
      typeof content === 'string'
        ? { name: `./usr/share/doc/${path}`, type: 'symlink' as const, linkname: content }
        : { name: `./usr/share/doc/${path}`, content },
    );
    await writeDeb(file, { control, entries });
    const bytes = await readFile(file);
    const one = {
      ...locked(name, version, source),
      size: (await stat(file)).size,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
    packages.set(`/${one.path}`, bytes);
    return one;
  }
  const changesOf = (...pairs: [LockedPackage, LockedPackage][]): Promise<SourceChange[]> =>
    readSourceChanges(
      compareLocks([
        { file: 'a', before: lock(...pairs.map(([one]) => one)), after: lock(...pairs.map(([, one]) => one)) },
      ]),
      { store: join(dir, 'store'), mirrors: [server.url], limits: { rounds: 1 } },
    );

  it('are shared by the packages of a source, of which some have but a link', async () => {
    const version = '3.5.4-1~deb13u2';
    const library = await deb('libssl3t64', version, 'openssl', { libssl3t64: 'openssl' });
    const program = await deb('openssl', version, 'openssl', { 'openssl/changelog.Debian.gz': gzipSync(CHANGELOG) });
    const old = (name: string): LockedPackage => locked(name, '3.5.1-1+deb13u1', 'openssl');
    const [found, ...rest] = await changesOf([old('libssl3t64'), library], [old('openssl'), program]);
    expect(rest).toEqual([]);
    expect(found?.changes.map(({ name }) => name)).toEqual(['libssl3t64', 'openssl']);
    expect(found?.summary?.cves).toEqual(['CVE-2026-10000', 'CVE-2026-20002']);
  });

  it('are of the package alone where it counts otherwise than its source, and know rebuilds', async () => {
    const file = { 'g/changelog.gz': gzipSync(CHANGELOG) };
    const other = await deb('g', '4:14.2.0-2', 'g', file, 'g (3.5.4-1~deb13u2)');
    const [counted] = await changesOf([locked('g', '4:14.2.0-1'), other]);
    expect(counted?.summary).toEqual({ urgency: 'medium', cves: ['CVE-2026-20002'] });
    const rebuilt = await deb('g', '3.5.4-1~deb13u2+b1', 'g', file, 'g (3.5.4-1~deb13u2)');
    const [built] = await changesOf([locked('g', '3.5.1-1+deb13u1+b2'), rebuilt]);
    expect(built?.summary?.cves).toEqual(['CVE-2026-10000', 'CVE-2026-20002']);
  });

  it('are not known where no package has one, and where the version went back', async () => {
    const [none] = await changesOf([locked('x', '1'), await deb('x', '2', 'x', {})]);
    expect(none).toMatchObject({ source: 'x', summary: undefined });
    const [back] = await changesOf([locked('x', '2'), await deb('x', '1', 'x', {})]);
    expect(back?.summary).toBeUndefined();
  });

  it('are of new versions only', async () => {
    expect(
      await readSourceChanges(
        compareLocks([{ file: 'a', before: lock(locked('x', '1')), after: lock(locked('y', '1')) }]),
      ),
    ).toEqual([]);
  });
});
