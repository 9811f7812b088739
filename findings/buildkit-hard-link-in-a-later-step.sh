#!/usr/bin/env bash
# BuildKit: a hard link to a file of an earlier step is a link in the build, and a second copy in the image.
#
# Expected: `RUN ln /a /b` costs a directory entry. Within the build both names are one inode; a layer can say so (a tar member of type
#   link, with /a carried along), and the image's tree has one file.
# Happens: the step itself sees one inode with two names. The layer that is exported holds /b alone, as a regular file with all its
#   bytes, since /a is left out as unchanged: the link is gone, and the image has the file twice. With both commands in one RUN the
#   link survives. So a program that counts links, or a `du` in the build, tells another story than the image that is shipped.
# Versions: docker.io 26.1.5+dfsg1-9+deb13u1+b1, docker-buildx 0.13.1+ds1-3, busybox-static 1:1.37.0-6+b9 (Debian 13, 2026-11-30). As root.
# Output seen:
#   two steps, in the build: links 2
#   two steps, in the last layer: b:file:1048576
#   one step, in the last layer: a:file:1048576 b:link:0
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/docker.sh"
docker_engine busybox-static=1:1.37.0-6+b9

mkdir "$root/context"
cp "$root/usr/bin/busybox" "$root/context/"
base='FROM scratch
COPY busybox /bin/
SHELL ["/bin/busybox", "sh", "-c"]'
printf '%s\n' "$base" 'RUN dd if=/dev/zero of=/a bs=1024 count=1024' 'RUN ln /a /b && stat -c "links %h" /b' >"$root/context/two"
printf '%s\n' "$base" 'RUN dd if=/dev/zero of=/a bs=1024 count=1024 && ln /a /b' >"$root/context/one"

last_layer() {
  local manifest layer
  manifest=$(grep -o '"digest":"sha256:[0-9a-f]*' "$root/$1/index.json" | head -n 1 | cut -d : -f 3)
  layer=$(grep -o '"digest": *"sha256:[0-9a-f]*' "$root/$1/blobs/sha256/$manifest" | tail -n 1 | cut -d : -f 3)
  tar -tvzf "$root/$1/blobs/sha256/$layer" | awk '/^[-h]/ { out = out sep $6 ":" (/^h/ ? "link" : "file") ":" $3; sep = " " } END { print out }'
}
for name in two one; do
  in_root docker buildx build --progress plain --network none --provenance false --file "/context/$name" \
    --output "type=oci,tar=false,dest=/$name" /context >"$dir/$name.log" 2>&1 || { tail -n 20 "$dir/$name.log" >&2; exit 69; }
done
expect "two steps, in the build" "$(grep -o 'links [0-9]*$' "$dir/two.log" | tail -n 1)" "links 2"
expect "two steps, in the last layer" "$(last_layer two)" "b:file:1048576"
expect "one step, in the last layer" "$(last_layer one)" "a:file:1048576 b:link:0"
