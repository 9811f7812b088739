#!/bin/sh
# `docker run valkey --maxmemory 1gb` means valkey-server with our configuration and that option;
# `docker run valkey valkey-server /my.conf` replaces the configuration; any other command runs as it is.
# The words of VALKEY_EXTRA_FLAGS are further options of the server.
set -eu
case "${1:-}" in
  # Beside a configuration they are no options.
  -v | --version | -h | --help) set -- valkey-server "$@" ;;
  -*) set -- valkey-server /etc/valkey/valkey.conf "$@" ;;
  *.conf) set -- valkey-server "$@" ;;
  valkey-server) [ $# -gt 1 ] || set -- valkey-server /etc/valkey/valkey.conf ;;
esac
[ "${1:-}" != valkey-server ] || set -- "$@" ${VALKEY_EXTRA_FLAGS:-}
exec "$@"
