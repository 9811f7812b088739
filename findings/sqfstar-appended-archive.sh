#!/usr/bin/env bash
# sqfstar: of an archive that was appended to, it takes the old file; mkfs.erofs and tar take the new one.
#
# Expected: tar's format lets a later member replace an earlier one of the same name; that is how `tar --append` and `--update` work.
#   A tool that turns a tar archive into a file system (root images, initrds, container layers) gives what unpacking gives.
# Happens: sqfstar keeps the first member and drops the later ones, exit 0. A line "already exists in the tar file, ignoring" goes by
#   before the statistics. mkfs.erofs --tar=f makes the newer file of the very same archive.
# Versions: squashfs-tools 1:4.6.1-1 (4.7.5 of sid did the same), erofs-utils 1.8.6-1 (Debian 13, 2026-11-30). As root.
# Output seen:
#   tar unpacks: new
#   mkfs.erofs makes: new
#   sqfstar makes: old
#   sqfstar says: release already exists in the tar file, ignoring
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
debian_tools trixie squashfs-tools=1:4.6.1-1 erofs-utils=1.8.6-1

mkdir -p "$root/t" "$dir/out"
echo old >"$dir/release"
tar -C "$dir" -cf "$root/t/in.tar" release
echo new >"$dir/release"
tar -C "$dir" --append -f "$root/t/in.tar" release

tar -C "$dir/out" -xf "$root/t/in.tar"
expect "tar unpacks" "$(cat "$dir/out/release")" new
in_root mkfs.erofs --quiet --tar=f /t/erofs /t/in.tar >"$dir/log" 2>&1
in_root fsck.erofs --extract=/t/out /t/erofs >"$dir/log" 2>&1
expect "mkfs.erofs makes" "$(cat "$root/t/out/release")" new
# sqfstar reads /proc for the number of processors
mount --bind /proc "$root/proc"
in_root sqfstar /t/squashfs <"$root/t/in.tar" >"$dir/log" 2>&1
expect "sqfstar makes" "$(in_root unsquashfs -cat /t/squashfs release)" old
expect "sqfstar says" "$(grep -o '^release already.*' "$dir/log")" "release already exists in the tar file, ignoring"
