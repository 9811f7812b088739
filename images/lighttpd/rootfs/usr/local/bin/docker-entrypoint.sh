#!/bin/sh
# `docker run lighttpd -tt` means lighttpd with that option; any other command runs as it is. lighttpd itself runs in the foreground,
# with our configuration unless `-f` names another.
set -eu
case "${1:-}" in -*) set -- lighttpd "$@" ;; esac
if [ "${1:-}" = lighttpd ]; then
  shift
  case " $* " in *' -f'*) ;; *) set -- -f /etc/lighttpd/lighttpd.conf "$@" ;; esac
  set -- lighttpd -D "$@"
  # It opens its log after it has become www-data.
  [ "$(id -u)" != 0 ] || chown www-data /dev/stderr || true
fi
exec "$@"
