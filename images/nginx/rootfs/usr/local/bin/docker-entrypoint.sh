#!/bin/sh
# `docker run nginx -T` means nginx with that option; any other command runs as it is. Before nginx starts, what lies in
# /docker-entrypoint.d is run in the order of names: *.sh as a program, *.envsh in this shell, so that it can set variables.
set -eu

say() {
  [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "docker-entrypoint.sh: $*" >&2
}

case "${1:-}" in -*) set -- nginx -g 'daemon off;' "$@" ;; esac

if [ "${1:-}" = nginx ]; then
  for script in $(find /docker-entrypoint.d -follow -type f \( -name '*.sh' -o -name '*.envsh' \) | LC_ALL=C sort); do
    if [ ! -x "$script" ]; then
      say "$script is left out: it isn't executable"
      continue
    fi
    case "$script" in
      *.envsh) say "reading $script" && . "$script" ;;
      *) say "running $script" && "$script" ;;
    esac
  done
fi
exec "$@"
