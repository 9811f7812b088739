#!/bin/sh
# `docker run node --version`, `docker run node app.js` and `docker run node test` mean node with those arguments;
# what is a command here (`npm start`, `bash`) runs as it is.
set -e
is_script() { [ -f "$1" ] && [ ! -x "$1" ]; }
case "${1-}" in
  -*) set -- node "$@" ;;
  *) if is_script "${1-}" || ! command -v "${1-}" >/dev/null; then set -- node "$@"; fi ;;
esac
exec "$@"
