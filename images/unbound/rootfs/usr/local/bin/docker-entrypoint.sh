#!/bin/sh
# `docker run unbound -vv` means unbound with that option; any other command runs as it is. unbound itself runs in the foreground,
# and as the user unbound where root starts it: with nothing of root's but the right to port 53.
set -eu
case "${1:-}" in -*) set -- unbound "$@" ;; esac
if [ "${1:-}" = unbound ]; then
  if [ "$(id -u)" = 0 ]; then
    # A volume may be root's.
    chown unbound:unbound /var/lib/unbound 2> /dev/null || true
    exec setpriv --reuid=unbound --regid=unbound --init-groups --inh-caps=-all,+net_bind_service \
      --ambient-caps=-all,+net_bind_service --bounding-set=-all,+net_bind_service -- "$0" "$@"
  fi
  # unbound follows the root's keys from there on.
  key=/var/lib/unbound/root.key
  if [ ! -s "$key" ] && ! { cp /usr/share/dns/root.key "$key.new" && mv "$key.new" "$key"; }; then
    echo "unbound keeps the root's key in ${key%/*}: mount a tmpfs or a volume there that user $(id -u) may write to" >&2
    exit 1
  fi
  shift
  # Twice -d: it logs to stderr, whatever the configuration says.
  set -- unbound -dd -p "$@"
fi
exec "$@"
