#!/usr/bin/env bash
# Nx: with --exclude-task-dependencies, a task is taken from the cache although the files it is declared to read have changed.
#
# Expected: the input { dependentTasksOutputFiles: "**/*" } hashes the files that dependencies wrote. --exclude-task-dependencies says not to run
#   the dependencies (a CI job that got their output as artifacts does that): what lies on disk is hashed, as for any other input.
# Happens: with the option the input is left out of the hash, without a word. A first run there stores a result; after the dependency's output has
#   changed, the next takes the old result from the cache, exit 0. The same files as { fileset, includeIgnored: true } are hashed.
# Versions: npm nx 24.0.6 (2026-11-30). Needs Node 20, git.
# Output seen:
#   declared as dependentTasksOutputFiles, on the first part: app of 1
#   declared as dependentTasksOutputFiles, on the second part: app of 1
#   declared as fileset, on the first part: app of 1
#   declared as fileset, on the second part: app of 2
set -euo pipefail
dir=$(mktemp -d)
. "$(dirname "$0")/lib/temp.sh"
export NX_DAEMON=false NX_NO_CLOUD=true NX_TUI=false CI=true

npm install --prefix "$dir/nx" --ignore-scripts --no-audit --no-fund --loglevel=error nx@24.0.6 >/dev/null

# workspace NAME INPUT: the project app reads what the project part wrote
workspace() {
  mkdir -p "$dir/$1/part" "$dir/$1/app"
  cd "$dir/$1"
  ln -s "$dir/nx/node_modules" node_modules
  git init --quiet
  printf 'node_modules\ndist\n.nx\n' >.gitignore
  echo '{ "name": "example", "private": true }' >package.json
  echo '{ "cacheDirectory": ".nx/cache", "analytics": false }' >nx.json
  cat >part/project.json <<'JSON'
{ "name": "part", "targets": { "build": {
  "command": "mkdir -p dist/part && cp part/source dist/part/out", "cache": true,
  "inputs": ["{projectRoot}/**/*"], "outputs": ["{workspaceRoot}/dist/part"] } } }
JSON
  cat >app/project.json <<JSON
{ "name": "app", "implicitDependencies": ["part"], "targets": { "build": {
  "command": "mkdir -p dist/app && echo app of \$(cat dist/part/out) > dist/app/out", "cache": true, "dependsOn": ["^build"],
  "inputs": ["{projectRoot}/**/*", $2], "outputs": ["{workspaceRoot}/dist/app"] } } }
JSON
}

nx() { node node_modules/nx/dist/bin/nx.js "$@" >"$dir/nx.log" 2>&1 || { cat "$dir/nx.log" >&2; exit 69; }; }

# built N: what app is, after part was built from N
built() {
  echo "$1" >part/source
  nx run part:build
  nx run app:build --exclude-task-dependencies
  cat dist/app/out
}

workspace outputs '{ "dependentTasksOutputFiles": "**/*" }'
expect "declared as dependentTasksOutputFiles, on the first part" "$(built 1)" "app of 1"
expect "declared as dependentTasksOutputFiles, on the second part" "$(built 2)" "app of 1"
workspace fileset '{ "fileset": "{workspaceRoot}/dist/part/**/*", "includeIgnored": true }'
expect "declared as fileset, on the first part" "$(built 1)" "app of 1"
expect "declared as fileset, on the second part" "$(built 2)" "app of 2"
