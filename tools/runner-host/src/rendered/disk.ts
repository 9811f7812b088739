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
    ...(docker ? ['/var/lib/docker', '/var/lib/containerd', '/var/cache/dockyard'] : []),
    ...(rootless === undefined ? [] : [`${rootless.home}/.local/share/containers`]),
  ];
  return `#!/bin/sh
# Written by Dockyard; run by dockyard-disk.timer.
set -u
export LC_ALL=C
budget=${String(disk.budget)} reserve=${String(disk.reserve)} days=${String(disk.days)}
mkdir -p /run/dockyard /var/lib/dockyard
exec 9>/run/dockyard/disk.lock
flock -n 9 || exit 0

free() { df -B1 --output=avail /var/lib | tail -n 1 | tr -d ' '; }
used() { du -scxB1 ${stores.join(' ')} 2>/dev/null | tail -n 1 | cut -f 1; }
over() { [ "$(used)" -gt "$budget" ] || [ "$(free)" -lt "$reserve" ]; }
${
  rootless === undefined
    ? ''
    : `run=/run/user/$(id -u ${rootless.name})
rootless() {
  (cd / && runuser -u ${rootless.name} -- env "XDG_RUNTIME_DIR=$run" "DBUS_SESSION_BUS_ADDRESS=unix:path=$run/bus" HOME=${rootless.home} podman "$@")
}
`
}
# What nobody used for so long goes in any case.
${
  docker
    ? `docker builder prune --all --force --filter "until=$((days * 24))h" >/dev/null
docker image prune --force --filter until=24h >/dev/null
docker container prune --force --filter until=24h >/dev/null
find /var/cache/dockyard -xdev -type f -atime "+$days" -mtime "+$days" -delete 2>/dev/null
`
    : ''
}${
    rootless === undefined
      ? ''
      : `rootless container prune --force --filter until=24h >/dev/null
rootless image prune --force --filter until=24h >/dev/null
`
  }
# Over budget: the build cache down to half of it, what was used last stays; then images that no container uses, the oldest first.
${
  docker
    ? `over && docker builder prune --all --force --keep-storage "$((budget / 2))" >/dev/null
for image in $(over && docker image ls --format '{{.CreatedAt}}|{{.ID}}' | sort | cut -d '|' -f 2 | uniq); do
  over || break
  for name in $(docker image inspect --format '{{range .RepoTags}}{{.}} {{end}}' "$image" 2>/dev/null) "$image"; do
    docker image rm "$name" >/dev/null 2>&1
  done
done
over && find /var/cache/dockyard -xdev -type f -mmin +1440 -amin +1440 -delete 2>/dev/null
over && docker builder prune --all --force --keep-storage "$((budget / 10))" >/dev/null
`
    : ''
}${
    rootless === undefined
      ? ''
      : `for image in $(over && rootless image ls --noheading --format '{{.Created}}|{{.ID}}' --sort created | cut -d '|' -f 2 | tac | uniq); do
  over || break
  rootless image rm "$image" >/dev/null 2>&1
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
