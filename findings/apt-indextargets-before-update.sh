#!/usr/bin/env bash
# apt: before the first update, `apt-get indextargets` knows no source, however many are configured.
#
# Expected: indextargets lists the index files of the configured sources, with their addresses (apt's own documentation offers it to programs
#   that ask where things come from, instead of reading sources.list). Which sources there are is configuration, so lists aren't needed.
# Happens: with lists empty, as in nearly every container image, it prints nothing and exits 0: the same answer as with no source at
#   all. `apt-get --print-uris update`, which fetches nothing, names the sources there.
# Versions: apt 3.0.4 (Debian 13, 2026-11-30); 2.6.1 of Debian 12 did the same. As root. The source is made up and never contacted.
# Output seen:
#   indextargets: 0 lines, exit 0
#   --print-uris update, first: http://mirror.example.com/debian/dists/trixie/InRelease
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
debian_tools trixie apt=3.0.4 dpkg # apt reads which processors there are from dpkg

mkdir -p "$root"/t/{lists,parts}
echo 'deb http://mirror.example.com/debian trixie main' >"$root/t/sources.list"
cat >"$root/t/apt.conf" <<'CONF'
Dir::State::lists "/t/lists";
Dir::Etc::sourcelist "/t/sources.list";
Dir::Etc::sourceparts "/t/parts";
CONF
status=0
targets=$(APT_CONFIG=/t/apt.conf in_root apt-get indextargets) || status=$?
expect indextargets "$(printf %s "$targets" | grep -c "" || true) lines, exit $status" "0 lines, exit 0"
expect "--print-uris update, first" "$(APT_CONFIG=/t/apt.conf in_root apt-get --print-uris update | cut -d "'" -f 2 | head -n 1)" \
  "http://mirror.example.com/debian/dists/trixie/InRelease"
