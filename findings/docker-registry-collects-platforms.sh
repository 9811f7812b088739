#!/usr/bin/env bash
# docker-registry 2.8: `garbage-collect --delete-untagged` destroys tagged images of several platforms.
#
# Expected: --delete-untagged removes manifests that no tag leads to. The manifests of an index's platforms have no tag of their own,
#   but a tagged index names them: they stay.
# Happens: they are "eligible for deletion", and so are their layers. The index stays, with its tag and the digest it had, and every
#   pull fails with "manifest unknown". Exit 0. A tagged image of one platform stays whole.
# Versions: docker-registry 2.8.3+ds1-2+b8, skopeo 1.18.0+ds1-1+b5 (Debian 13, 2026-11-30). As root; needs curl and node.
# Output seen:
#   before: single index platform
#   garbage-collect exits: 0
#   after: single index
#   pulling the index says: manifest unknown
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/layout.sh"
. "$here/lib/registry.sh"
debian_tools trixie docker-registry=2.8.3+ds1-2+b8 skopeo=1.18.0+ds1-1+b5
registry

mkdir -p "$root"/t/{single,index} "$root/var/tmp"
for name in single index; do
  echo "$name" >"$dir/$name"
  tar -C "$dir" -cf "$dir/$name.tar" "$name"
  layout "$root/t/$name" oci 1 "$dir/$name.tar"
done
platform=$(sed -E 's/.*"manifests":\[(.*),"annotations".*/\1/' "$root/t/index/index.json")
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s,"platform":{"os":"linux","architecture":"amd64"}}]}' "$platform" >"$dir/index.json"
index=$(layout_blob "$root/t/index" "$dir/index.json" application/vnd.oci.image.index.v1+json)
printf '{"schemaVersion":2,"manifests":[%s,"annotations":{"org.opencontainers.image.ref.name":"1"}}]}' "${index%\}}" >"$root/t/index/index.json"
for name in single index; do
  in_root skopeo copy --quiet --all --insecure-policy --dest-tls-verify=false "oci:/t/$name:1" "docker://$registry/$name:1"
done

# skopeo compressed the layer, so the platform has another digest in the registry
digest=$(in_root skopeo inspect --raw --tls-verify=false "docker://$registry/index:1" | sed -E 's/.*"digest":"([^"]*)".*/\1/')
there() {
  local found='' what
  for what in "single single/manifests/1" "index index/manifests/1" "platform index/manifests/$digest"; do
    if curl --silent --fail --output "$dir/body" --header "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json" \
      "http://$registry/v2/${what#* }"; then found+=" ${what%% *}"; fi
  done
  echo "${found# }"
}
expect before "$(there)" "single index platform"
registry_stop
status=0
in_root docker-registry garbage-collect --delete-untagged /registry.yml >"$dir/gc.log" 2>&1 || status=$?
expect "garbage-collect exits" "$status" 0
registry
expect after "$(there)" "single index"
mkdir "$root/t/pulled"
in_root skopeo copy --quiet --insecure-policy --src-tls-verify=false "docker://$registry/index:1" dir:/t/pulled >"$dir/pull.log" 2>&1 && expect "pulling the index" works fails
expect "pulling the index says" "$(grep -o 'manifest unknown' "$dir/pull.log" | head -n 1)" "manifest unknown"
