#!/bin/sh
# Turns templates into configuration: ${NAME} becomes the value of the environment variable, where there is one;
# nginx's own variables stay.
set -eu

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
[ -d "$templates" ] || exit 0

# A value may have lines that look like variables: names are taken from awk.
names=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }' | grep -E "${NGINX_ENVSUBST_FILTER:-}" || true)
variables=$(for name in $names; do printf '${%s} ' "$name"; done)

substitute() {
  suffix=$1 output=$2
  find "$templates" -follow -type f -name "*$suffix" | LC_ALL=C sort | while IFS= read -r template; do
    relative=${template#"$templates/"}
    target=$output/${relative%"$suffix"}
    if ! { mkdir -p "${target%/*}" && [ -w "${target%/*}" ]; }; then
      echo "20-envsubst-on-templates.sh: $target can't be written by user $(id -u). Run with group 0 (the default of" \
        "--user UID), or mount a folder or a tmpfs that this user may write to on $output." >&2
      exit 1
    fi
    envsubst "$variables" < "$template" > "$target"
  done
}

substitute "${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}" "${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}"
substitute "${NGINX_ENVSUBST_STREAM_TEMPLATE_SUFFIX:-.stream-template}" "${NGINX_ENVSUBST_STREAM_OUTPUT_DIR:-/etc/nginx/stream-conf.d}"
