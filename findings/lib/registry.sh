# shellcheck shell=bash
# Sourced after debian.sh. registry starts the docker-registry of $root on the loopback, its data in /registry of that root, and sets
# $registry to its address; registry_stop stops it. Deleting is switched on.
registry() {
  local port
  if [ -z "${registry:-}" ]; then
    port=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
    registry=127.0.0.1:$port
    mkdir -p "$root/registry"
    cat >"$root/registry.yml" <<YML
version: 0.1
storage: { filesystem: { rootdirectory: /registry }, delete: { enabled: true } }
http: { addr: "$registry" }
YML
  fi
  chroot "$root" docker-registry serve /registry.yml >"$dir/registry.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do curl --silent --fail --output "$dir/ping" "http://$registry/v2/" && return; sleep 0.2; done
  echo "the registry didn't start:" >&2; tail -n 5 "$dir/registry.log" >&2
  exit 69
}

registry_stop() {
  kill "${pids[-1]}"
  wait "${pids[-1]}" || true
  unset 'pids[-1]'
}
