# shellcheck shell=bash
# Sourced after debian.sh. docker_engine VERSION… makes a root of Debian 13 with a Docker Engine (containerd image store), BuildKit and what
# else is named, and starts it. Programs in it reach it at their default address; RUN needs --network none, as there is no bridge.
docker_engine() {
  debian_root trixie docker.io=26.1.5+dfsg1-9+deb13u1+b1 docker-cli=26.1.5+dfsg1-9+deb13u1+b1 docker-buildx=0.13.1+ds1-3 iptables ca-certificates "$@"
  mkdir -p "$root/etc/docker" "$root/var/lib/docker" "$dir/data"
  mount --bind "$dir/data" "$root/var/lib/docker" # overlayfs refuses a root that is itself an overlay
  echo '{ "features": { "containerd-snapshotter": true }, "iptables": false, "bridge": "none" }' >"$root/etc/docker/daemon.json"
  chroot "$root" dockerd --host unix:///run/docker.sock >"$dir/dockerd.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 150); do in_root docker info >/dev/null 2>&1 && return; sleep 0.4; done
  echo "the Docker Engine didn't start:" >&2; tail -n 5 "$dir/dockerd.log" >&2
  exit 69
}
