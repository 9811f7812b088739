#!/usr/bin/env bash
# docker-registry 2.8: a tag that exists answers 404 to a client that accepts anything.
#
# Expected: without an Accept header, or with "*/*" as curl sends, HTTP lets a server choose: the manifest comes back. A plain GET or
#   HEAD is the obvious way to ask "is this tag there?" before a publish.
# Happens: for an OCI manifest, and an OCI index, the answer is 404 MANIFEST_UNKNOWN; the tag is in tags/list and the same request that
#   names the OCI type gets 200. So a check of existence says "free" for a tag that is
#   taken, and the push that follows moves it.
# Versions: docker-registry 2.8.3+ds1-2+b8 (Debian 13, 2026-11-30). As root; needs curl and node.
# Output seen:
#   tags: {"name":"oci","tags":["1"]}
#   OCI manifest, Accept */*: 404
#   OCI manifest, no Accept: 404
#   OCI manifest, Accept of its type: 200
#   the 404 says: OCI manifest found, but accept header does not support OCI manifests
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/layout.sh"
. "$here/lib/registry.sh"
debian_tools trixie docker-registry=2.8.3+ds1-2+b8
registry

echo 1 >"$dir/file"
tar -C "$dir" -cf "$dir/layer.tar" file
mkdir "$dir/oci"
layout "$dir/oci" oci 1 "$dir/layer.tar"
for blob in "$dir"/oci/blobs/sha256/*; do
  place=$(curl --silent --fail --request POST --dump-header - "http://$registry/v2/oci/blobs/uploads/" | tr -d '\r' | awk 'tolower($1) == "location:" { print $2 }')
  curl --silent --fail --request PUT --header "Content-Type: application/octet-stream" --data-binary "@$blob" "$place&digest=sha256:${blob##*/}"
done
type=application/vnd.oci.image.manifest.v1+json
digest=$(sed -E 's/.*"digest":"sha256:([^"]*)".*/\1/' "$dir/oci/index.json")
curl --silent --fail --request PUT --header "Content-Type: $type" --data-binary "@$dir/oci/blobs/sha256/$digest" "http://$registry/v2/oci/manifests/1"

answer() { curl --silent --output "$dir/body" --write-out '%{http_code}' --header "Accept:$2" "http://$registry/v2/$1/manifests/1"; }
expect tags "$(curl --silent "http://$registry/v2/oci/tags/list" | tr -d '\n')" '{"name":"oci","tags":["1"]}'
expect "OCI manifest, Accept */*" "$(answer oci ' */*')" 404
expect "OCI manifest, no Accept" "$(answer oci '')" 404
refusal=$(sed -E 's/.*"message":"([^"]*)".*/\1/' "$dir/body")
expect "OCI manifest, Accept of its type" "$(answer oci " $type")" 200
expect "the 404 says" "$refusal" "OCI manifest found, but accept header does not support OCI manifests"
