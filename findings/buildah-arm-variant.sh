#!/usr/bin/env bash
# Buildah (and podman build): an image FROM scratch for linux/arm/v6 or v5 says that it is for v7.
#
# Expected: `--platform linux/arm/v6` writes architecture arm, variant v6 into the image's configuration: that is what was asked, and nothing in an
#   image FROM scratch says otherwise. An index made of it offers it to machines with v6 (Raspberry Pi 1 and Zero).
# Happens: for v5, v6 and v7 the configuration says v7, without a warning. In an index the v6 image is one more v7, machines with v6 find
#   none of their own, and one built for v5 or v6 can be told from one for v7 by nothing. `--arch arm --variant v6` gives v7
#   too. The other platforms are written as asked.
# Versions: buildah 1.39.3+ds1-1+b7 (Debian 13, 2026-11-30); podman 4.3.1 and 5.4.2 did the same. As root.
# Output seen:
#   linux/arm/v5 is written as: arm/v7
#   linux/arm/v6 is written as: arm/v7
#   linux/arm/v7 is written as: arm/v7
#   linux/riscv64 is written as: riscv64
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
debian_tools trixie buildah=1.39.3+ds1-1+b7 netavark
mount_root
mkdir -p "$root/t" "$root"/{tmp,var/tmp}
echo root:x:0:0::/:/bin/sh >"$root/etc/passwd"
echo 1 >"$root/t/file"
printf 'FROM scratch\nCOPY file /\n' >"$root/t/Dockerfile"
echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' >"$root/t/policy.json"
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

written() {
  local name=${1//\//-} file
  {
    in_root buildah build --quiet --platform "$1" --tag "$name" /t &&
      in_root buildah push --quiet --signature-policy /t/policy.json "$name" "oci:/t/$name"
  } >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 69; }
  file=$(grep -l '"rootfs"' "$root/t/$name"/blobs/sha256/*)
  grep -oE '"(architecture|variant)":"[^"]*"' "$file" | sort | cut -d '"' -f 4 | paste -s -d /
}
for variant in v5 v6 v7; do expect "linux/arm/$variant is written as" "$(written "linux/arm/$variant")" arm/v7; done
expect "linux/riscv64 is written as" "$(written linux/riscv64)" riscv64
