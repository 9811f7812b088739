#!/bin/sh
# `docker run memcached -m 128` means memcached with that option; any other command runs as it is.
set -eu
case "${1:-}" in -*) set -- memcached "$@" ;; esac
exec "$@"
