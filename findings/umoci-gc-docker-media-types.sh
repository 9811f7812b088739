#!/usr/bin/env bash
# umoci gc: in a layout whose image has Docker's media types, it deletes the layers of a tagged image.
#
# Expected: garbage collection removes what no tag reaches. A layout may hold manifests of any media type (the OCI image-layout
#   specification says so; `docker buildx build --output type=oci,oci-mediatypes=false` writes Docker's), and a collector that doesn't know
#   one keeps what it may name, or refuses.
# Happens: only the manifest itself is kept. Its configuration and its layers count as unreachable and are removed, exit 0, no word
#   of warning. The tag is still there and leads to nothing. With OCI's media types, the same image stays whole.
# Versions: umoci 0.4.7+ds-4+b10 (Debian 13, 2026-11-30); 0.6.0 of sid did the same. As root.
# Output seen:
#   blobs of the OCI image, before and after gc: 4 4
#   blobs of the Docker image, before and after gc: 4 1
#   tags of the Docker image after gc: latest
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/layout.sh"
debian_tools trixie umoci=0.4.7+ds-4+b10

for name in one two; do
  echo "$name" >"$dir/$name"
  tar -C "$dir" -cf "$dir/$name.tar" "$name"
done
blobs() { find "$root/t/$1/blobs" -type f | wc -l; }
for family in oci docker; do
  mkdir -p "$root/t/$family"
  layout "$root/t/$family" "$family" latest "$dir/one.tar" "$dir/two.tar"
  before=$(blobs "$family")
  in_root umoci gc --layout "/t/$family" >"$dir/gc.log" 2>&1
  printf -v "$family" '%s %s' "$before" "$(blobs "$family")"
done
# shellcheck disable=SC2154 # set by printf -v
expect "blobs of the OCI image, before and after gc" "$oci" "4 4"
# shellcheck disable=SC2154
expect "blobs of the Docker image, before and after gc" "$docker" "4 1"
expect "tags of the Docker image after gc" "$(in_root umoci list --layout /t/docker)" latest
