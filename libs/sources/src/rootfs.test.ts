import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispensable } from './rootfs-filter.ts';
import { type RootfsOptions, writeRootfs } from './rootfs.ts';
import { makeTar, type TestDeb, type TestEntry, writeDeb } from './testing/deb.ts';

// A tar with usr/share/x/file; Node can't write xz.
const XZ_TAR =
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AJxdABcLvBx9AZXAHUo+eRXCzCajXhkmGZQiWfIKJVnvugf7QVlnifqf/lxnKgAVPbrP03AEB3heE51OuVxl0UtDd75EqivUWISNVrRwwdqKGEUmRV0j6JJ134slOurQ3iq88JgOdrX76PkChrc0+ISrDuFq4jtI44KAFLOMJIYS5coQqbcWaZvlt+1VpuecnHL/maClClbrWvjGGNrjQACptFnHaJFiuwABuAGAUAAA/vRJibHEZ/sCAAAAAARZWg==';
const folder = (name: string, more: Partial<TestEntry> = {}): TestEntry => ({
  name,
  type: 'directory',
  mode: 0o755,
  ...more,
});
const file = (name: string, content = name, more: Partial<TestEntry> = {}): TestEntry => ({
  name,
  content,
  mode: 0o644,
  ...more,
});
const symlink = (name: string, linkname: string): TestEntry => ({ name, type: 'symlink', linkname, mode: 0o777 });
const control = (name: string, more = ''): string => `Package: ${name}\nVersion: 1\nArchitecture: all\n${more}`;

let dir: string;
let count: number;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rootfs-test-'));
  count = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const deb = (options: TestDeb, name = `p${count++}`): Promise<string> =>
  writeDeb(join(dir, `${name}.deb`), { control: control(name), ...options });
const of = (entries: TestEntry[], name?: string): Promise<string> => deb({ entries }, name);

interface Entry {
  readonly header: Header;
  readonly content: string;
}

async function build(debs: string[], options: RootfsOptions = {}): Promise<Map<string, Entry>> {
  const output = join(dir, 'out', 'rootfs.tar');
  await writeRootfs(debs, output, options);
  const tar = extract();
  createReadStream(output).pipe(tar);
  const entries = new Map<string, Entry>();
  for await (const entry of tar) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    expect(entries.has(entry.header.name)).toBe(false);
    entries.set(entry.header.name, { header: entry.header, content: Buffer.concat(chunks).toString() });
  }
  return entries;
}

describe('writeRootfs', () => {
  it.each(['none', 'gz', 'zst'] as const)('reads data.tar compressed with: %s', async (compression) => {
    const long = `./usr/share/${'long/'.repeat(40)}name`;
    const root = await build([
      await deb({ compression, entries: [file('./usr/a', 'x'.repeat(200_000)), file(long, 'y')] }),
    ]);
    expect(root.get('usr/a')?.content).toHaveLength(200_000);
    expect(root.get(long.slice(2))?.content).toBe('y');
  });

  it('reads xz', async () => {
    const bytes = Buffer.from(XZ_TAR, 'base64');
    const root = await build([await deb({ data: { name: 'data.tar.xz', bytes } })]);
    expect(root.get('usr/share/x/file')?.content).toBe('from xz\n');
  });

  it('merges /usr, whether or not a package knows of it', async () => {
    const root = await build([
      await of([
        folder('./bin'),
        file('./bin/old'),
        folder('./lib64'),
        file('./lib64/ld.so'),
        symlink('./usr/lib64/l', 'x'),
      ]),
      await of([file('./usr/bin/new')]),
    ]);
    for (const name of ['bin', 'sbin', 'lib', 'lib64'])
      expect(root.get(name)?.header).toMatchObject({ type: 'symlink', linkname: `usr/${name}` });
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) expect(root.get(`usr/${name}/`)?.header.type).toBe('directory');
    expect([...root.keys()]).toEqual(expect.arrayContaining(['usr/bin/old', 'usr/bin/new', 'usr/lib64/ld.so']));
    expect(root.has('lib32')).toBe(false);
  });

  it('keeps owners, modes, times, links and kinds', async () => {
    const mtime = new Date(1_600_000_000_000);
    const root = await build([
      await of([
        folder('./var/mail', { mode: 0o2775, gid: 8, mtime }),
        file('./usr/bin/passwd', 'suid', { mode: 0o4755, uid: 1, gid: 42, mtime }),
        { name: './usr/bin/alias', type: 'link', linkname: './usr/bin/passwd' },
        symlink('./etc/link', '../usr/bin/passwd'),
        { name: './dev/null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666 },
      ]),
    ]);
    expect(root.get('var/mail/')?.header).toMatchObject({ mode: 0o2775, gid: 8, mtime });
    // The name that comes first carries the content.
    expect(root.get('usr/bin/alias')).toMatchObject({ content: 'suid', header: { type: 'file', mode: 0o4755, mtime } });
    expect(root.get('usr/bin/passwd')?.header).toMatchObject({
      type: 'link',
      linkname: 'usr/bin/alias',
      uid: 1,
      gid: 42,
    });
    expect(root.get('etc/link')?.header).toMatchObject({ type: 'symlink', linkname: '../usr/bin/passwd' });
    expect(root.get('dev/null')?.header).toMatchObject({ type: 'character-device', devmajor: 1, devminor: 3 });
  });

  it('puts folders first and makes missing ones', async () => {
    const names = [...(await build([await of([file('./a/b/c')])])).keys()];
    const firstFile = names.findIndex((name) => !name.endsWith('/'));
    expect(names.slice(0, firstFile)).toEqual(expect.arrayContaining(['a/', 'a/b/', 'var/lib/dpkg/', 'usr/bin/']));
    expect(names.slice(firstFile).every((name) => !name.endsWith('/'))).toBe(true);
  });

  it('has an empty and separate dpkg status and list', async () => {
    const root = await build([await of([file('./a')])]);
    for (const name of ['status', 'available'])
      expect(root.get(`var/lib/dpkg/${name}`)).toMatchObject({ content: '', header: { type: 'file', mode: 0o644 } });
  });

  it('has the file that an engine would else make for its own /etc/hostname', async () => {
    const root = await build([await of([file('./usr/a', '1')])]);
    expect(root.get('etc/hostname')).toMatchObject({ content: '', header: { mode: 0o644 } });
  });

  it('gives the same bytes whatever the order', async () => {
    const debs = [
      await of([folder('./tmp', { mode: 0o700 }), file('./b')], 'zlib'),
      await of([folder('./tmp', { mode: 0o1777 }), symlink('./c', 'b')], 'base-files'),
      await of([folder('./tmp', { mode: 0o755 }), file('./a')], 'apt'),
    ];
    const output = join(dir, 'out', 'rootfs.tar');
    const root = await build(debs);
    const first = await readFile(output);
    await build(debs.reverse());
    expect((await readFile(output)).equals(first)).toBe(true);
    expect(root.get('tmp/')?.header.mode).toBe(0o1777);
  });

  it('does not let a folder take the place of a link, and follows the link', async () => {
    const root = await build([
      await of([symlink('./etc/conf', '../usr/share/conf'), folder('./usr/share/conf')], 'a'),
      await of([folder('./etc/conf'), file('./etc/conf/x')], 'b'),
    ]);
    expect(root.get('etc/conf')?.header.type).toBe('symlink');
    expect(root.has('usr/share/conf/x')).toBe(true);
  });

  it('takes a file that two packages share, or that one replaces', async () => {
    const shared = [await of([file('./x', 'same')], 'a'), await of([file('./x', 'same')], 'b')];
    expect((await build(shared)).get('x')?.content).toBe('same');
    const later = await deb({ control: control('d', 'Replaces: q, c (<< 2)\n'), entries: [file('./x', 'new')] }, 'd');
    expect((await build([await of([file('./x', 'old')], 'c'), later])).get('x')?.content).toBe('new');
    const earlier = await deb({ control: control('e', 'Replaces: f\n'), entries: [file('./x', 'new')] }, 'e');
    expect((await build([earlier, await of([file('./x', 'old')], 'f')])).get('x')?.content).toBe('new');
  });

  it('refuses two different files of one name', async () => {
    const debs = [await of([file('./x', '1')], 'a'), await of([file('./x', '2')], 'b')];
    await expect(build(debs)).rejects.toThrow(/a\.deb and b\.deb both hold \/x/);
  });

  it('leaves out what it is told to, with the folders that hold nothing else', async () => {
    const root = await build(
      [
        await of([
          folder('./usr/share/doc'),
          folder('./usr/share/doc/a'),
          file('./usr/share/doc/a/copyright'),
          file('./usr/share/doc/a/NEWS.gz'),
          folder('./usr/share/man'),
          folder('./usr/share/man/man1'),
          file('./usr/share/man/man1/a.1.gz'),
          folder('./usr/share/empty'),
          file('./usr/lib/x86_64-linux-gnu/gconv/IBM1390.so'),
          file('./usr/lib/x86_64-linux-gnu/gconv/IBM850.so'),
        ]),
      ],
      { exclude: dispensable },
    );
    const names = [...root.keys()].filter((name) => name.startsWith('usr/share/') || name.endsWith('.so'));
    expect(names).toEqual([
      'usr/share/',
      'usr/share/doc/',
      'usr/share/doc/a/',
      'usr/share/empty/',
      'usr/lib/x86_64-linux-gnu/gconv/IBM850.so',
      'usr/share/doc/a/copyright',
    ]);
  });

  it('keeps a hard link whose other name is left out', async () => {
    const entries = [file('./doc/x', 'content'), { name: './y', type: 'link', linkname: './doc/x' } as const];
    const root = await build([await of(entries)], { exclude: (path) => path.startsWith('doc/') });
    expect(root.get('y')).toMatchObject({ content: 'content', header: { type: 'file' } });
  });
});

describe('a bad package', () => {
  it.each<[string, TestEntry[], RegExp]>([
    ['climbs out', [file('./../x')], /climbs out/],
    ['climbs out in the middle', [file('./usr/../../x')], /climbs out/],
    ['leads through a file', [file('./a'), file('./a/b')], /no folder/],
    ['leads in a circle', [symlink('./a', 'b'), symlink('./b', 'a'), file('./a/x')], /too many symbolic links/],
    ['links to what is not there', [{ name: './a', type: 'link', linkname: './b' }], /isn't there/],
    ['has a file where a folder is', [folder('./a'), file('./a')], /is a folder/],
  ])('%s', async (_name, entries, message) => {
    await expect(build([await of(entries)])).rejects.toThrow(message);
  });

  it('stays inside when a link climbs out', async () => {
    const root = await build([await of([symlink('./out', '../../../tmp'), file('./out/x')])]);
    expect(root.has('tmp/x')).toBe(true);
  });

  it('is no ar archive', async () => {
    const path = join(dir, 'x.deb');
    await writeFile(path, 'not a package');
    await expect(build([path])).rejects.toThrow(/x\.deb is not a Debian package.*no ar archive/);
  });

  it('is truncated', async () => {
    const path = await deb({ entries: [file('./a', 'x'.repeat(100_000))], compression: 'gz' });
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 100));
    await expect(build([path])).rejects.toThrow(/truncated/);
  });

  it.each<[string, string, (bytes: Buffer) => Buffer]>([
    ['xz cut short', 'data.tar.xz', () => Buffer.from(XZ_TAR, 'base64').subarray(0, 120)],
    ['damaged xz', 'data.tar.xz', () => Buffer.from(XZ_TAR, 'base64').fill(7, 40, 100)],
    ['damaged gzip', 'data.tar.gz', (tar) => gzipSync(tar).fill(7, 20, 40)],
    ['gzip cut short', 'data.tar.gz', (tar) => gzipSync(tar).subarray(0, 60)],
    ['tar cut short', 'data.tar', (tar) => tar.subarray(0, 700)],
    ['unknown compression', 'data.tar.lzma', (tar) => tar],
  ])('has data that can not be read: %s', async (_name, name, damage) => {
    const bytes = damage(await makeTar([file('./a', randomBytes(400).toString('hex'))]));
    await expect(build([await deb({ data: { name, bytes } })])).rejects.toThrow(
      /is not a Debian package that can be read/,
    );
  });

  it('leaves nothing behind', async () => {
    await expect(build([await of([file('./../x')])])).rejects.toThrow();
    expect(await readdir(join(dir, 'out'))).toEqual([]);
  });
});
