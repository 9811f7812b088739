#!/usr/bin/env bash
# cosign clean: "remove all signatures from an image" removes what others attached, on an image without any signature.
#
# Expected: `cosign clean IMAGE`, whose help has that one sentence, removes signatures, or at most what cosign itself attaches (its types are signature,
#   attestation and sbom). An artifact of a foreign type, attached by another program, stays.
# Happens: among the types is "referrer" too, and the default is all. In a registry without the referrers API clean then deletes the index of the
#   fallback tag, which names every referrer of the image. A note that oras attached can't be found by anyone any more, though no signature was ever
#   there; its manifest is left as an orphan, exit 0, and --force asks nothing. With --type signature the note stays.
# Versions: cosign 3.1.1-2, oras 1.3.3-1, docker-registry 2.8.3+ds1-3, skopeo 1.22.0+ds1-1 (Debian sid, 2026-11-30). As root; needs curl and node.
# Output seen:
#   oras finds before: application/vnd.example.note
#   the help says: Remove all signatures from an image.
#   after cosign clean --type signature, oras finds: application/vnd.example.note
#   cosign clean exits: 0
#   oras finds after: nothing
#   the note's own manifest answers: 200
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/layout.sh"
. "$here/lib/registry.sh"
debian_tools sid cosign=3.1.1-2 oras=1.3.3-1 docker-registry=2.8.3+ds1-3 skopeo=1.22.0+ds1-1
registry

mkdir -p "$root/t/ship" "$root/var/tmp"
echo 1 >"$dir/file"
tar -C "$dir" -cf "$dir/layer.tar" file
layout "$root/t/ship" oci 1 "$dir/layer.tar"
in_root skopeo copy --quiet --insecure-policy --dest-tls-verify=false oci:/t/ship:1 "docker://$registry/ship:1"
echo 'a note' >"$root/t/note"
note=$(in_root oras attach --plain-http --disable-path-validation --artifact-type application/vnd.example.note "$registry/ship:1" /t/note | awk '/^Digest:/ { print $2 }')

found() {
  local types
  types=$(in_root oras discover --plain-http --format json "$registry/ship:1" | grep -o '"artifactType": *"[^"]*"' | cut -d '"' -f 4) || true
  echo "${types:-nothing}"
}
expect "oras finds before" "$(found)" application/vnd.example.note
expect "the help says" "$(in_root cosign clean --help 2>&1 | head -n 1)" "Remove all signatures from an image."
in_root cosign clean --force --allow-http-registry --type signature "$registry/ship:1" >"$dir/clean.log" 2>&1
expect "after cosign clean --type signature, oras finds" "$(found)" application/vnd.example.note
status=0
in_root cosign clean --force --allow-http-registry "$registry/ship:1" >"$dir/clean.log" 2>&1 || status=$?
expect "cosign clean exits" "$status" 0
expect "oras finds after" "$(found)" nothing
expect "the note's own manifest answers" "$(curl --silent --output "$dir/body" --write-out '%{http_code}' \
  --header "Accept: application/vnd.oci.image.manifest.v1+json" "http://$registry/v2/ship/manifests/$note")" 200
