#!/usr/bin/env bash
# docker load: a layout's short name is reported as loaded, listed, and can't be used.
#
# Expected: a layout whose ref.name is boat:1.0 (what skopeo and podman write for oci:FOLDER:boat:1.0) loads as boat:1.0, which Docker
#   understands as docker.io/library/boat:1.0, as everywhere on its command line. Or load refuses the name.
# Happens: "Loaded image: boat:1.0", exit 0, and `docker image ls` lists boat 1.0. But `docker image inspect boat:1.0` and
#   `docker tag boat:1.0 …` find no such image: the containerd store has the bare name, every command asks for the long one. Only the image's id
#   finds it. With the long name in the annotation io.containerd.image.name beside it, all works.
# Versions: docker.io 26.1.5+dfsg1-9+deb13u1+b1 (Debian 13, 2026-11-30), containerd image store. As root.
# Output seen:
#   load says: Loaded image: boat:1.0
#   listed: boat:1.0
#   inspect says: No such image: boat:1.0
#   tag says: No such image: boat:1.0
#   with io.containerd.image.name, load says: Loaded image: ship:1.0
#   with io.containerd.image.name, inspect finds: yes
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/docker.sh"
. "$here/lib/layout.sh"
# shellcheck disable=SC2119 # it needs no further package
docker_engine

echo 1 >"$dir/file"
tar -C "$dir" -cf "$dir/layer.tar" file
for name in boat ship; do
  mkdir "$dir/$name"
  layout "$dir/$name" oci "$name:1.0" "$dir/layer.tar"
done
sed -i 's|"annotations":{|&"io.containerd.image.name":"docker.io/library/ship:1.0",|' "$dir/ship/index.json"
for name in boat ship; do tar -C "$dir/$name" -cf "$root/$name.tar" .; done

refusal() { in_root docker "$@" 2>&1 | grep -o 'No such image: .*' || true; }
expect "load says" "$(in_root docker load --input /boat.tar)" "Loaded image: boat:1.0"
expect listed "$(in_root docker image ls --format '{{.Repository}}:{{.Tag}}' | sort -u)" boat:1.0
expect "inspect says" "$(refusal image inspect boat:1.0)" "No such image: boat:1.0"
expect "tag says" "$(refusal tag boat:1.0 example/boat:2)" "No such image: boat:1.0"
expect "with io.containerd.image.name, load says" "$(in_root docker load --input /ship.tar)" "Loaded image: ship:1.0"
expect "with io.containerd.image.name, inspect finds" "$(in_root docker image inspect ship:1.0 >/dev/null && echo yes)" yes
