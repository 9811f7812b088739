# shellcheck shell=bash
# Sourced. Packages of Debian in a root of their own, each at one version, on amd64. As root; mmdebstrap is installed where it is missing.
# debian_tools SUITE PACKAGE=VERSION…  only unpacks them and what they depend on, into $root: enough for a program alone
# debian_root SUITE PACKAGE=VERSION…   installs them, and mounts what services need
# mount_root                           the latter alone, after debian_tools
# in_root COMMAND…                     runs it there
# They end with 75 where Debian no longer has that version: then nothing was tried, and the finding is to be looked at again.
. "$(dirname "${BASH_SOURCE[0]}")/temp.sh"
root=$dir/root

debian() {
  local variant=$1 suite=$2 packages
  packages=$(IFS=,; echo "${*:3}")
  [ "$(id -u)" = 0 ] || { echo "must run as root: it makes a root of Debian packages" >&2; exit 77; }
  command -v mmdebstrap >/dev/null || { apt-get -qq update && apt-get -qq install --yes --no-install-recommends mmdebstrap; } >/dev/null 2>&1 ||
    { echo "needs mmdebstrap, and apt-get can't install it here" >&2; exit 77; }
  # a mirror's copy of a suite can be older than its Release file allows
  mmdebstrap --architectures=amd64 --aptopt='Acquire::Check-Valid-Until "false"' --variant="$variant" --include="$packages" "$suite" "$root" >"$dir/mmdebstrap.log" 2>&1 && return
  tail -n 5 "$dir/mmdebstrap.log" >&2
  if grep -q "Version .* was not found" "$dir/mmdebstrap.log"; then
    echo "Debian's $suite has another version now; this finding speaks of $packages" >&2
    exit 75
  fi
  echo "no root of $suite could be made" >&2
  exit 69
}

debian_tools() { debian extract "$@" base-files; } # base-files: /lib64 and its like

debian_root() {
  debian apt "$@"
  mount_root
}

mount_root() {
  # engines remount /, so it must be a mount point, and what they do there must not reach the machine
  mount --bind "$root" "$root"
  mount --make-private "$root"
  local folder
  for folder in proc sys dev; do
    mount --rbind "/$folder" "$root/$folder"
    mount --make-rslave "$root/$folder"
  done
  mount -t tmpfs tmpfs "$root/run"
}

in_root() { chroot "$root" "$@"; }
