#!/usr/bin/env bash
# crane export: a hard link changes its contents when a later layer replaces the file that it was made with.
#
# Expected: `crane export` writes the tree that a container of the image sees. Layer 1 holds app-1 ("old") and its hard link app;
#   layer 2 holds a new app-1. In a container app still says "old": a new file took the name app-1, nobody touched app.
# Happens: the flat archive has app-1 with the new contents, then app as a hard link to app-1. Unpacked, app says "new". Where
#   layer 2 deletes app-1 instead, the archive has only the link, to a file that isn't in it, and tar can't unpack it. Exit 0.
#   umoci, which applies layers in turn, unpacks the same image to "old".
# Who meets it: packages that install one program under several hard-linked names (git, perl), updated in a later layer, and
#   whoever scans or ships the output of export.
# Versions: crane 0.20.7+ds1-5, umoci 0.6.0+ds-1+b1, skopeo 1.22.0+ds1-1 (Debian sid, 2026-11-30). As root.
# Output seen:
#   umoci unpacks app as: old
#   crane export has: app-1 app->app-1
#   unpacked from crane export, app is: new
#   crane export after a deletion has: app->app-1
set -euo pipefail
dir=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/debian.sh"
. "$here/lib/layout.sh"
debian_tools sid crane=0.20.7+ds1-5 umoci=0.6.0+ds-1+b1 skopeo=1.22.0+ds1-1

mkdir -p "$dir"/{one,two,three,flat} "$root"/t/{replaced,deleted}
echo old >"$dir/one/app-1"
ln "$dir/one/app-1" "$dir/one/app"
echo new >"$dir/two/app-1"
: >"$dir/three/.wh.app-1" # OCI's mark of a deleted file
tar -C "$dir/one" -cf "$dir/one.tar" app-1 app
tar -C "$dir/two" -cf "$dir/two.tar" app-1
tar -C "$dir/three" -cf "$dir/three.tar" .wh.app-1
layout "$root/t/replaced" oci latest "$dir/one.tar" "$dir/two.tar"
layout "$root/t/deleted" oci latest "$dir/one.tar" "$dir/three.tar"

in_root umoci unpack --rootless --image /t/replaced:latest /t/bundle >/dev/null
expect "umoci unpacks app as" "$(cat "$root/t/bundle/rootfs/app")" old

members() { tar -tvf "$1" | awk '{ line = $6; if ($7 == "link") line = line "->" $9; out = out sep line; sep = " " } END { print out }'; }
for image in replaced deleted; do
  in_root skopeo copy --quiet --insecure-policy "oci:/t/$image:latest" "docker-archive:/t/$image.tar:example/app:1"
  in_root crane export - "/t/$image.flat.tar" <"$root/t/$image.tar"
done
expect "crane export has" "$(members "$root/t/replaced.flat.tar")" "app-1 app->app-1"
tar -C "$dir/flat" -xf "$root/t/replaced.flat.tar"
expect "unpacked from crane export, app is" "$(cat "$dir/flat/app")" new
expect "crane export after a deletion has" "$(members "$root/t/deleted.flat.tar")" "app->app-1"
