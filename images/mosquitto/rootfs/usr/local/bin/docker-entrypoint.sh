#!/bin/sh
# `docker run mosquitto -v` means mosquitto with that option; any other command runs as it is. mosquitto itself has our configuration
# unless `-c` names another.
set -eu
case "${1:-}" in -*) set -- mosquitto "$@" ;; esac
if [ "${1:-}" = mosquitto ]; then
  shift
  case " $* " in *' -c '* | *' --config-file '* | *' -h '* | *' --help '*) ;; *) set -- -c /mosquitto/config/mosquitto.conf "$@" ;; esac
  set -- mosquitto "$@"
  # Volumes that an engine or a person made as root. What is on a read-only file system stays as it is.
  if [ "$(id -u)" = 0 ]; then
    chown -R "${PUID:-1883}:${PGID:-1883}" /mosquitto/data /mosquitto/log || true
  fi
fi
exec "$@"
