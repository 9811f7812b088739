#!/bin/bash
# Makes the database in $PGDATA where there is none, then runs PostgreSQL. `docker run postgres -c max_connections=20` means postgres with that
# option; a command other than postgres runs as it is.
set -Eeuo pipefail

# Left in $PGDATA until the last init script has succeeded.
readonly UNFINISHED=.initialising
readonly SOCKETS=/var/run/postgresql

say() { printf 'entrypoint: %s\n' "$*" >&2; }
fail() {
  say "error: $1"
  shift
  printf '  %s\n' "$@" >&2
  exit 1
}

# file_env NAME [DEFAULT]: takes the value of NAME from the file that NAME_FILE names, so that secrets can be mounted.
file_env() {
  local name=$1 file_name=$1_FILE value=${2-}
  if [[ -n ${!name-} && -n ${!file_name-} ]]; then
    fail "both $name and $file_name are set" 'Set one of them.'
  elif [[ -n ${!name-} ]]; then
    value=${!name}
  elif [[ -n ${!file_name-} ]]; then
    [[ -r ${!file_name} ]] || fail "$file_name names ${!file_name}, which uid $(id -u) can't read" 'Mount the secret there, readable for that user.'
    value=$(< "${!file_name}")
  fi
  export "$name=$value"
  unset "$file_name"
}

# Runs SQL: docker_process_sql [OPTIONS OF psql …] < FILE
docker_process_sql() {
  local database=()
  [[ -z ${POSTGRES_DB-} ]] || database=(--dbname "$POSTGRES_DB")
  PGHOST=$SOCKETS PGHOSTADDR='' psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "${database[@]}" "$@"
}

# As root: gives the folders to the user of the server, and starts anew as that user.
become_postgres() {
  local folder
  for folder in "$PGDATA" "${POSTGRES_INITDB_WALDIR:-$PGDATA}" "$SOCKETS"; do
    mkdir -p "$folder"
    find "$folder" \! -user postgres -exec chown postgres: '{}' +
  done
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
}

prepare_folder() {
  mkdir -p "$PGDATA" 2> /dev/null || true
  # The server takes no folder that belongs to somebody else, however open it is.
  [[ -O $PGDATA ]] || fail "$PGDATA doesn't belong to uid $(id -u), which runs PostgreSQL" \
    "Start as root, which gives the volume to postgres; or give it to that user (chown $(id -u) on the host); or, where that user may" \
    "write to it, set PGDATA to a folder in it that is yet to be made: PGDATA=$PGDATA/pgdata"
  chmod 700 "$PGDATA"
}

check_settings() {
  if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
    fail 'there is no database yet, and no password for its superuser' \
      'Set POSTGRES_PASSWORD, or POSTGRES_PASSWORD_FILE: docker run -e POSTGRES_PASSWORD=… postgres' \
      'POSTGRES_HOST_AUTH_METHOD=trust lets everybody in without one: for tests on a network of their own only.'
  fi
  if [[ $POSTGRES_HOST_AUTH_METHOD == trust ]]; then
    say 'warning: POSTGRES_HOST_AUTH_METHOD=trust: whoever reaches the port is superuser, without a password.'
  fi
  local other
  other=$(find "$PGDATA" -mindepth 1 -maxdepth 1 \! -name "$UNFINISHED" \! -name lost+found -print -quit)
  [[ -z $other ]] || fail "$PGDATA holds ${other##*/}, but no database" \
    'Mount an empty folder, or the data of PostgreSQL itself.'
}

# initdb asks for the name of its user, which an arbitrary --user has none of.
name_user() {
  ! getent passwd "$(id -u)" > /dev/null || return 0
  NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
  LD_PRELOAD=libnss_wrapper.so
  printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" > "$NSS_WRAPPER_PASSWD"
  printf 'postgres:x:%s:\n' "$(id -g)" > "$NSS_WRAPPER_GROUP"
  export LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

unname_user() {
  [[ -n ${NSS_WRAPPER_PASSWD-} ]] || return 0
  rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
  unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

make_database() {
  local new=$PGDATA/$UNFINISHED options=()
  # Of an initdb that was killed: nobody has used it.
  rm -rf "$new"
  # A list of options as a shell would read it: --icu-locale='de-u-kn' and the like.
  eval "options=($POSTGRES_INITDB_ARGS)"
  [[ -z ${POSTGRES_INITDB_WALDIR-} ]] || options+=(--waldir "$POSTGRES_INITDB_WALDIR")
  initdb --pgdata "$new" --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") --auth trust --no-instructions "${options[@]}"
  local method=$POSTGRES_HOST_AUTH_METHOD
  [[ -n $method ]] || method=$(postgres -C password_encryption -D "$new")
  printf '\nhost all all all %s\n' "$method" >> "$new/pg_hba.conf"
  find "$new" -mindepth 1 -maxdepth 1 -exec mv --target-directory "$PGDATA" '{}' +
}

run_init_scripts() {
  local file
  if [[ $POSTGRES_DB != postgres ]]; then
    POSTGRES_DB='' docker_process_sql --dbname postgres --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        if [[ -x $file ]]; then
          say "running $file"
          "$file"
        else
          say "reading $file"
          # shellcheck disable=SC1090
          . "$file"
        fi
        ;;
      *.sql) say "running $file" && docker_process_sql --file "$file" ;;
      *.sql.gz) say "running $file" && gzip --decompress --stdout "$file" | docker_process_sql ;;
      *.sql.xz) say "running $file" && xz --decompress --stdout "$file" | docker_process_sql ;;
      *.sql.zst) say "running $file" && zstd --decompress --stdout --quiet "$file" | docker_process_sql ;;
      */'*') ;;
      *) say "ignoring $file: init scripts end in .sh, .sql, .sql.gz, .sql.xz or .sql.zst" ;;
    esac
  done
}

# With a server that nobody outside reaches yet.
initialise() {
  # As process 1 a shell would pass over them.
  trap 'fail "stopped before the database was made" "Empty the volume before the next start."' INT TERM
  name_user
  make_database
  local options
  options=$(printf '%q ' "$@" -c listen_addresses= -c unix_socket_directories="$SOCKETS" -p "${PGPORT:-5432}")
  PGUSER=$POSTGRES_USER pg_ctl --pgdata "$PGDATA" --options "$options" --wait --silent start
  PGPASSWORD=$POSTGRES_PASSWORD run_init_scripts
  PGUSER=$POSTGRES_USER pg_ctl --pgdata "$PGDATA" --mode fast --wait --silent stop
  rmdir "$PGDATA/$UNFINISHED"
  unname_user
  trap - INT TERM
  say 'the database is made; PostgreSQL starts'
}

# Whether postgres is to serve, not to print something and end.
serves() {
  local option
  for option in "${@:2}"; do
    case $option in
      -'?' | --help | -V | --version | --describe-config | -C) return 1 ;;
    esac
  done
  [[ ${1-} == postgres ]]
}

main() {
  case ${1-} in
    '' | -*) set -- postgres "$@" ;;
  esac
  serves "$@" || exec "$@"
  [[ $(id -u) != 0 ]] || become_postgres "$@"

  prepare_folder
  if [[ -e $PGDATA/$UNFINISHED && -e $PGDATA/PG_VERSION ]]; then
    fail "the first start on $PGDATA did not finish: an init script failed, or it was stopped" \
      'What it left is no database to rely on. Empty the volume, mend what the log of that start says, and start again.'
  fi
  if [[ ! -e $PGDATA/PG_VERSION ]]; then
    file_env POSTGRES_PASSWORD
    file_env POSTGRES_USER postgres
    file_env POSTGRES_DB "$POSTGRES_USER"
    file_env POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=}"
    check_settings
    initialise "${@:2}"
  fi
  # No secret in the environment of the server.
  unset POSTGRES_PASSWORD PGPASSWORD
  exec "$@"
}

main "$@"
