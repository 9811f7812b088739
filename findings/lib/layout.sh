# shellcheck shell=bash
# Sourced. layout FOLDER FAMILY NAME LAYER.tar… writes an OCI image layout of one amd64 image out of uncompressed layers.
# FAMILY is oci or docker: whose media types the manifest has. layout_blob FOLDER FILE TYPE keeps a blob and prints its descriptor.
layout_blob() {
  local sum
  sum=$(sha256sum <"$2" | cut -d ' ' -f 1)
  mkdir -p "$1/blobs/sha256"
  cp "$2" "$1/blobs/sha256/$sum"
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%d}' "$3" "$sum" "$(stat -c %s "$2")"
}

layout() {
  local folder=$1 name=$3 layers='' diffs='' file manifest config layer part
  if [ "$2" = oci ]; then
    manifest=application/vnd.oci.image.manifest.v1+json config=application/vnd.oci.image.config.v1+json layer=application/vnd.oci.image.layer.v1.tar
  else
    manifest=application/vnd.docker.distribution.manifest.v2+json config=application/vnd.docker.container.image.v1+json layer=application/vnd.docker.image.rootfs.diff.tar
  fi
  for file in "${@:4}"; do
    layers+=${layers:+,}$(layout_blob "$folder" "$file" "$layer")
    diffs+=${diffs:+,}\"sha256:$(sha256sum <"$file" | cut -d ' ' -f 1)\"
  done
  part=$(mktemp -p "$folder")
  printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[%s]}}' "$diffs" >"$part"
  config=$(layout_blob "$folder" "$part" "$config")
  printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' "$manifest" "$config" "$layers" >"$part"
  manifest=$(layout_blob "$folder" "$part" "$manifest")
  rm "$part"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$folder/oci-layout"
  printf '{"schemaVersion":2,"manifests":[%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' "${manifest%\}}" "$name" >"$folder/index.json"
}
