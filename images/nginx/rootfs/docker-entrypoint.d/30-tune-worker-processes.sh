#!/bin/sh
# With NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE set, there are as many workers as the container may use processors: nginx's
# own `auto` counts those of the machine.
set -eu
[ -n "${NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE:-}" ] || exit 0
conf=/etc/nginx/nginx.conf
if [ ! -w "$conf" ] || [ ! -w "${conf%/*}" ]; then
  echo "30-tune-worker-processes.sh: $conf can't be written; it stays as it is" >&2
  exit 0
fi

quota=max period=100000
if [ -r /sys/fs/cgroup/cpu.max ]; then
  read -r quota period < /sys/fs/cgroup/cpu.max
elif [ -r /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]; then
  read -r quota < /sys/fs/cgroup/cpu/cpu.cfs_quota_us
  read -r period < /sys/fs/cgroup/cpu/cpu.cfs_period_us
fi

workers=$(nproc)
case "$quota" in
  max | -1) ;;
  *)
    allowed=$(((quota + period - 1) / period))
    [ "$allowed" -ge "$workers" ] || workers=$allowed
    ;;
esac
sed -i "s/^worker_processes .*;\$/worker_processes $workers;/" "$conf"
