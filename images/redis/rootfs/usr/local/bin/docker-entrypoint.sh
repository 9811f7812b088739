#!/bin/sh
# `docker run redis --maxmemory 1gb` means redis-server with our configuration and that option;
# `docker run redis redis-server /my.conf` replaces the configuration; any other command runs as it is.
set -e
case "$1" in
  # Beside a configuration they are no options.
  -v | --version | -h | --help) set -- redis-server "$@" ;;
  -*) set -- redis-server /etc/redis/redis.conf "$@" ;;
  *.conf) set -- redis-server "$@" ;;
  redis-server) [ $# -gt 1 ] || set -- redis-server /etc/redis/redis.conf ;;
esac
exec "$@"
