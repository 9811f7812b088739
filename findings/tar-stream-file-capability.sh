#!/usr/bin/env bash
# tar-stream: an archive read and written again by it keeps one file capability and breaks another.
#
# Expected: tar archives carry file capabilities as the pax record SCHILY.xattr.security.capability, 20 bytes. tar-stream hands it over
#   in header.pax and writes header.pax back, so a pass-through of its extract() into its pack() changes nothing.
# Happens: the records pass through a JavaScript string in UTF-8. cap_net_bind_service (all bytes below 0x80) survives; cap_setuid
#   (bit 7: a byte 0x80) becomes three bytes, U+FFFD: 22 bytes that the kernel refuses. GNU tar then unpacks the file without its
#   capability, with a warning and exit 0. So it depends on *which* capability an image uses, and ping or a small web server as the test
#   sample shows nothing, while newuidmap (cap_setuid) stops working.
# Versions: npm tar-stream 3.2.2 (2026-11-30). As root, on a file system with extended attributes; needs setcap, getcap and Node 20.
# Output seen:
#   before: bind=cap_net_bind_service=ep uid=cap_setuid=ep
#   after: bind=cap_net_bind_service=ep uid=
#   bytes of uid's attribute, before and after: 20 22
set -euo pipefail
dir=$(mktemp -d)
. "$(dirname "$0")/lib/temp.sh"
[ "$(id -u)" = 0 ] || { echo "must run as root: it sets file capabilities" >&2; exit 77; }
command -v setcap >/dev/null || { echo "needs setcap: apt-get install libcap2-bin" >&2; exit 77; }

npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error tar-stream@3.2.2 >/dev/null
cd "$dir"
mkdir in out
echo bind >in/bind
echo uid >in/uid
setcap cap_net_bind_service=ep in/bind
setcap cap_setuid=ep in/uid
tar --xattrs --xattrs-include='*' -C in -cf in.tar bind uid

cat >pass.mjs <<'JS'
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';

const from = createReadStream('in.tar').pipe(extract());
const to = pack();
const written = pipeline(to, createWriteStream('out.tar'));
for await (const entry of from) await pipeline(entry, to.entry(entry.header));
to.finalize();
await written;
JS
node pass.mjs
tar --xattrs --xattrs-include='*' -C out -xf out.tar 2>/dev/null

capabilities() { for file in bind uid; do printf '%s=%s ' "$file" "$(getcap "$1/$file" | cut -d ' ' -f 2)"; done | sed 's/ $//'; }
# a pax record is "LENGTH NAME=VALUE\n" and counts itself
value_size() { LC_ALL=C grep -a -o '[0-9]* SCHILY.xattr.security.capability=' "$1" | awk 'END { print $1 - length($0) - 1 }'; }
expect before "$(capabilities in)" "bind=cap_net_bind_service=ep uid=cap_setuid=ep"
expect after "$(capabilities out)" "bind=cap_net_bind_service=ep uid="
expect "bytes of uid's attribute, before and after" "$(value_size in.tar) $(value_size out.tar)" "20 22"
