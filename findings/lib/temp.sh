# shellcheck shell=bash
# Sourced. $dir, a new temporary folder, goes away at the end, with what is mounted below it and what was put into $pids.
# expect WHAT ACTUAL STATED prints what was seen, and ends with 1 where it is no longer what the finding states.
pids=()
chmod 755 "$dir" # apt drops its rights and must still get in
cleanup() {
  local status=$? mount
  trap - EXIT
  for pid in "${pids[@]}"; do { kill "$pid" && wait "$pid"; } 2>/dev/null || true; done
  # the deepest first: a mount that stays would make rm follow it
  while mount=$(awk -v d="$dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r | head -n 1) && [ -n "$mount" ]; do
    umount "$mount" 2>/dev/null || umount -l "$mount" || { echo "left behind, still mounted: $mount" >&2; exit 1; }
  done
  rm -rf --one-file-system "$dir"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

expect() {
  printf '%s: %s\n' "$1" "$2"
  [ "$2" = "$3" ] || { printf 'CHANGED. %s was: %s\n' "$1" "$3" >&2; exit 1; }
}
