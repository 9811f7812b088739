import type { Host } from '@dockyard/inventory';

/**
 * Writes the script that keeps images and caches within their budget. What a container or a build uses, the engines themselves refuse to
 * remove; nothing here is forced.
 *
 * @param options.disk of the inventory
 * @param options.docker whether the host has a Docker Engine
 * @param options.rootless user of rootless Podman and its home
 * @param options.units runners to pause
 */
export function diskScript(options: {
  readonly disk: Host['disk'];
  readonly docker: boolean;
  readonly rootless?: { readonly name: string; readonly home: string };
  readonly units: readonly string[];
}): string {
  const { disk, docker, rootless, units } = options;
  const stores = [
    ...(docker ? ['/var/lib/docker', '/var/lib/containerd', '/var/lib/dockyard-protected/cache'] : []),
    ...(rootless === undefined ? [] : [`${rootless.home}/.local/share/containers`]),
  ];
  return `#!/bin/sh
# Written by Dockyard; run by dockyard-disk.timer.
set -u
export LC_ALL=C
budget=${String(disk.budget)} reserve=${String(disk.reserve)} days=${String(disk.days)} grace="1 hour"
mkdir -p /run/dockyard /var/lib/dockyard
exec 9>/run/dockyard/disk.lock
flock -n 9 || exit 0

free() { df -B1 --output=avail /var/lib | tail -n 1 | tr -d ' '; }
used() { du -scxB1 ${stores.join(' ')} 2>/dev/null | tail -n 1 | cut -f 1; }
over() { [ "$(used)" -gt "$budget" ] || [ "$(free)" -lt "$reserve" ]; }
${docker ? DOCKER_FUNCTIONS : ''}${rootless === undefined ? '' : rootlessFunctions(rootless)}
# What nobody used for so long goes in any case.
${
  docker
    ? `docker container prune --force --filter until=24h >/dev/null
docker network prune --force --filter until=24h >/dev/null
docker image prune --force --filter until=24h >/dev/null
docker builder prune --all --force --filter "until=$((days * 24))h" >/dev/null
for image in $(docker_images "$days days"); do drop_docker "$image"; done
docker_volumes "$days"
find /var/lib/dockyard-protected/cache -xdev -type f -atime "+$days" -mtime "+$days" -delete 2>/dev/null
`
    : ''
}${
    rootless === undefined
      ? ''
      : `rootless container prune --force --filter until=24h >/dev/null
rootless network prune --force --filter until=24h >/dev/null
rootless image prune --force --filter until=24h >/dev/null
for image in $(rootless_images "$days days" unused); do drop_rootless "$image"; done
`
  }
# Over budget: the build cache down to half of it, what was used last stays; then images that no container uses, the least recently used first.
# What was used just now stays: a job may have pulled it and not started yet.
${
  docker
    ? `over && docker builder prune --all --force --keep-storage "$((budget / 2))" >/dev/null
for image in $(over && docker_images "$grace"); do
  over || break
  drop_docker "$image"
done
over && docker_volumes 1
over && find /var/lib/dockyard-protected/cache -xdev -type f -mmin +1440 -amin +1440 -delete 2>/dev/null
# The engine counts as shared, and keeps, what an image that has just gone had in common with the cache.
for wait in 0 2 4; do
  over || break
  sleep "$wait"
  docker builder prune --all --force --keep-storage "$((budget / 10))" >/dev/null
done
`
    : ''
}${
    rootless === undefined
      ? ''
      : `over && rootless image prune --force >/dev/null
for image in $(over && rootless_images "$grace"); do
  over || break
  drop_rootless "$image"
done
`
  }touch /var/lib/dockyard/pruned

${
  units.length === 0
    ? ''
    : `# A paused runner takes no job and ends when its last has ended; it goes on once there is a fifth more than it needs.
if [ "$(free)" -lt "$reserve" ]; then
  if [ ! -e /run/dockyard/paused ]; then
    echo "only $(free) bytes are free, $reserve are the reserve: pausing the runner"
    touch /run/dockyard/paused
    systemctl --no-block stop ${units.join(' ')}
  fi
elif [ -e /run/dockyard/paused ] && [ "$(free)" -gt "$((reserve + reserve / 5))" ]; then
  echo "$(free) bytes are free again: the runner goes on"
  rm /run/dockyard/paused
  systemctl --no-block start ${units.join(' ')}
fi
`
}echo "$(used) of $budget bytes used, $(free) free"
`;
}

/** Each pull renews the time of its image, and GitLab Runner pulls for each job; only the volumes that it made are touched. */
const DOCKER_FUNCTIONS = `
# Images last pulled before so long, the oldest first.
docker_images() {
  docker image ls --quiet --no-trunc | sort -u | xargs -r docker image inspect --format '{{json .Metadata.LastTagTime}} {{.Id}}' | tr -d '"' |
    sort | awk -v before="$(date -u -d "-$1" +%Y-%m-%dT%H:%M:%S)" '$1 < before { print $2 }'
}
drop_docker() {
  if docker ps --all --quiet --no-trunc | xargs -r docker inspect --format '{{.Image}}' | grep -qxF "$1"; then return; fi
  for name in $(docker image inspect --format '{{range .RepoTags}}{{.}} {{end}}' "$1" 2>/dev/null) "$1"; do
    docker image rm "$name" >/dev/null 2>&1
  done
}
# Checkouts and caches of jobs that no container uses, and that no job wrote to for so many days.
docker_volumes() {
  for volume in $(docker volume ls --quiet --filter dangling=true --filter label=com.gitlab.gitlab-runner.managed=true); do
    folder=$(docker volume inspect --format '{{.Mountpoint}}' "$volume") || continue
    [ -n "$(find "$folder" -maxdepth 5 -mtime "-$1" -print -quit)" ] || docker volume rm "$volume" >/dev/null
  done
}
`;

/** The journal is what knows when an image was pulled or built, or a container made of it. */
function rootlessFunctions({ name, home }: { name: string; home: string }): string {
  return `
user=$(id -u ${name}) run=/run/user/$(id -u ${name})
rootless() {
  (cd / && runuser -u ${name} -- env "XDG_RUNTIME_DIR=$run" "DBUS_SESSION_BUS_ADDRESS=unix:path=$run/bus" HOME=${home} podman "$@")
}
# Names and ids of images in the order of their last use, the last one first.
rootless_used() {
  journalctl --quiet --reverse --since "-$1" --output cat --output-fields=PODMAN_IMAGE,PODMAN_NAME,PODMAN_ID \\
    "_UID=$user" PODMAN_TYPE=container PODMAN_EVENT=create + "_UID=$user" PODMAN_TYPE=image PODMAN_EVENT=pull PODMAN_EVENT=build
}
# Images not used for so long, those used least recently first; "unused" leaves out those that were used within days.
rootless_images() {
  { rootless_used "$1" | sed 's/^/recent /'; rootless_used "$days days" | sed 's/^/used /'
    rootless image ls --no-trunc --format 'image {{.Id}} {{.Repository}}:{{.Tag}}'; } |
    awk -v only="\${2-}" '
      $1 == "recent" { recent[$2] = 1; next }
      $1 == "used" { if (!($2 in rank)) rank[$2] = NR; next }
      { id = $2; sub(/^sha256:/, "", id)
        if ((id in recent) || ($3 in recent)) { keep[id] = 1; next }
        at = 1e9
        if (id in rank) at = rank[id]
        if (($3 in rank) && rank[$3] < at) at = rank[$3]
        if (!(id in best) || at < best[id]) best[id] = at }
      END { for (id in best) if (!(id in keep) && (only == "" || best[id] == 1e9)) print best[id], id }' |
    sort -rn | cut -d ' ' -f 2
}
# By its names first: one with several isn't removed by its id.
drop_rootless() {
  if rootless ps --all --external --no-trunc --format '{{.ImageID}}' | grep -qxF "$1"; then return; fi
  for name in $(rootless image inspect --format '{{range .RepoTags}}{{.}} {{end}}' "$1" 2>/dev/null) "$1"; do
    rootless image rm "$name" >/dev/null 2>&1
  done
}
`;
}

export const DISK_UNIT = `# Written by Dockyard.
[Unit]
Description=Keep images and build caches of this runner host within their budget

[Service]
Type=oneshot
ExecStart=/usr/local/lib/dockyard/disk
Nice=10
IOSchedulingClass=idle
`;

export const DISK_TIMER = `# Written by Dockyard.
[Unit]
Description=Keep images and build caches of this runner host within their budget, every 15 minutes

[Timer]
OnBootSec=5min
OnUnitInactiveSec=15min
RandomizedDelaySec=1min

[Install]
WantedBy=timers.target
`;
