#!/bin/sh
# `docker run haproxy -vv` means haproxy with that option; any other command runs as it is. haproxy itself runs in the foreground
# as master and worker, so that SIGUSR2 and SIGHUP reload the configuration.
set -eu
case "${1:-}" in -*) set -- haproxy "$@" ;; esac
if [ "${1:-}" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
