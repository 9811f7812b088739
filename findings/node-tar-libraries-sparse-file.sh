#!/usr/bin/env bash
# npm's tar libraries: a sparse file in a pax archive comes out under another name and with other contents, without an error.
#
# Expected: `tar --sparse --format=posix` (a disk image, a database file with holes) makes an archive that is valid pax, and any reader
#   gives back disk.img with 1 MiB. A reader that doesn't know the sparse form says so: an entry's records (GNU.sparse.name,
#   GNU.sparse.realsize) tell what it is.
# Happens: tar (even with strict: true), tar-stream and modern-tar give a file of 4608 bytes, named GNUSparseFile.<number>/disk.img,
#   that starts with the map of the holes as text; no disk.img, no warning, no error. GNU tar, bsdtar and Python read it right.
# Who meets it: a container image or backup read by a program on Node.
# Versions: npm tar 7.5.23, tar-stream 3.2.2, modern-tar 0.8.6 (2026-11-30); the archive from the machine's GNU tar (1.34). Needs Node 20.
# Output seen:
#   GNU tar: disk.img 1048576
#   tar: GNUSparseFile/disk.img 4608, starts with 2,524288,4096
#   tar-stream: GNUSparseFile/disk.img 4608, starts with 2,524288,4096
#   modern-tar: GNUSparseFile/disk.img 4608, starts with 2,524288,4096
set -euo pipefail
dir=$(mktemp -d)
. "$(dirname "$0")/lib/temp.sh"

npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error tar@7.5.23 tar-stream@3.2.2 modern-tar@0.8.6 >/dev/null
cd "$dir"
truncate --size 1M disk.img
printf 'data' | dd of=disk.img bs=1 seek=524288 conv=notrunc status=none
tar --sparse --format=posix -cf sparse.tar disk.img

cat >read.mjs <<'JS'
import { buffer } from 'node:stream/consumers';
import { createReadStream, readFileSync } from 'node:fs';
import { Parser } from 'tar';
import { extract } from 'tar-stream';
import { unpackTar } from 'modern-tar';

// the number in the name is that of the process that wrote the archive
const tell = (path, size, data) =>
  `${path.replace(/^\.\//, '').replace(/\.\d+\//, '/')} ${size}, starts with ${data.toString('latin1').split('\n').slice(0, 3).join(',')}`;
const ways = {
  tar: () =>
    new Promise((resolve, reject) => {
      const parser = new Parser({ strict: true, onReadEntry: async (entry) => resolve(tell(entry.path, entry.size, Buffer.concat(await entry.collect()))) });
      createReadStream('sparse.tar').pipe(parser).on('error', reject);
    }),
  'tar-stream': async () => {
    for await (const entry of createReadStream('sparse.tar').pipe(extract())) return tell(entry.header.name, entry.header.size, await buffer(entry));
  },
  'modern-tar': async () => {
    const [entry] = await unpackTar(readFileSync('sparse.tar'), { strict: true });
    return tell(entry.header.name, entry.header.size, Buffer.from(entry.data));
  },
};
console.log(await ways[process.argv[2]]());
JS
expect "GNU tar" "$(tar -tvf sparse.tar | awk '{ print $6, $3 }')" "disk.img 1048576"
for library in tar tar-stream modern-tar; do
  expect "$library" "$(node read.mjs "$library")" "GNUSparseFile/disk.img 4608, starts with 2,524288,4096"
done
