import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { expect, it } from 'vitest';
import { extractFolder } from './extract-folder.ts';
import { containersDirectory, EPOCH, finish, scratch, type TarEntry, tarOf } from './fixture.ts';

const at = scratch();

async function layoutOf(name: string, ...entries: readonly TarEntry[]): Promise<string> {
  const raw = await containersDirectory(at(`raw-${name}`), [await tarOf(...entries)]);
  await finish({ raw, output: at(name) });
  return at(name);
}

it('writes one folder as a layer of its own, and nothing beside it', async () => {
  const layout = await layoutOf(
    'artifacts',
    { name: 'debug/', type: 'directory' },
    { name: 'debug/usr/', type: 'directory', mode: 0o755 },
    { name: 'debug/usr/a.debug', content: 'symbols', mode: 0o644 },
    { name: 'debugger', content: 'no' },
    { name: 'image/bin/a', content: 'program' },
  );
  const descriptor = await extractFolder(layout, 'debug', at('debug.tar.gz'));
  const bytes = await readFile(at('debug.tar.gz'));
  expect(descriptor).toEqual({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.length,
  });
  const tar = extract();
  tar.end(gunzipSync(bytes));
  const found: unknown[] = [];
  for await (const entry of tar) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const { name, mode, mtime } = entry.header;
    found.push([name, mode, mtime.getTime() / 1000, Buffer.concat(chunks).toString()]);
  }
  expect(found).toEqual([
    ['usr/', 0o755, EPOCH, ''],
    ['usr/a.debug', 0o644, EPOCH, 'symbols'],
  ]);
  expect(await extractFolder(layout, 'debug', at('again.tar.gz'))).toEqual(descriptor);
});

it('leaves no file where there is nothing', async () => {
  const layout = await layoutOf('empty', { name: 'debug/', type: 'directory' }, { name: 'a', content: 'a' });
  expect(await extractFolder(layout, 'debug', at('debug.tar.gz'))).toBeUndefined();
  expect(existsSync(at('debug.tar.gz'))).toBe(false);
});
