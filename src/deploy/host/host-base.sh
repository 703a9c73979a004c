# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# What runs on hosts, for any POSIX sh with coreutils or busybox, awk, flock and setsid. The parts host-*.sh are joined to one library that is kept
# on each host under its digest. A script of ours sets $directory (where the records are), $service and what an operation needs, and calls one op_*.
#
# Exit codes that agent.ts knows: 60 no room or no right to write, 61 the container failed, 62 the host went back, 63 no such release,
# 64 the host is unfit, 65 the proxy failed, 66 another change is pending, 75 locked. What went wrong is on standard error.
# Values that come from users are only ever used quoted; what is read back from records is checked first.

die() {
  printf '%s\n' "$2" >&2
  exit "$1"
}

have() { command -v "$1" >/dev/null 2>&1; }

# True when all of "$@" are words that a record may hold.
tokens() {
  for token; do
    case $token in '' | -* | *[!a-zA-Z0-9._-]*) return 1 ;; esac
  done
}

numbers() {
  for number; do
    case $number in '' | *[!0-9]* | ????????????????*) return 1 ;; esac
  done
}

# Sets $records, where this service's are.
open_records() {
  tokens "$service" || die 64 "not a name of a service: $service"
  records=$directory/services/$service
  [ -d "$records/releases" ] && return
  mkdir -p "$records/releases" "$records/failed" 2>/dev/null || no_room "$records"
  chmod 700 "$directory/services"
}

no_room() { die 60 "cannot write $1: $(df -Pk "$directory" 2>/dev/null | awk 'NR == 2 { print $4 " KiB are free on " $6 }')"; }

# fsync. Where sync takes no files, it writes everything.
flush() { sync "$@" 2>/dev/null || sync; }

# put FILE TEXT: all of it or nothing; after a crash the old file or the new one.
put() {
  if printf '%s\n' "$2" 2>/dev/null >"$1.new.$$" && flush "$1.new.$$" && mv -f "$1.new.$$" "$1"; then
    flush "${1%/*}"
  else
    rm -f "$1.new.$$"
    no_room "$1"
  fi
}

# take FROM TO: a rename that survives a crash. It fails when FROM is not there, which is how a race is decided.
take() {
  mv "$1" "$2" 2>/dev/null || return 1
  flush "${2%/*}"
}

# Whole seconds since the host came up.
uptime_seconds() {
  read -r uptime rest </proc/uptime
  uptime=${uptime%%.*}
}

boot_id() { read -r boot </proc/sys/kernel/random/boot_id; }

# journal JSON: one line, in one write. The JSON is an object without its first brace's `at`, which is the host's clock.
journal() {
  printf '{"at":"%s",%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${1#?}" >>"$records/journal.jsonl" 2>/dev/null || no_room "$records/journal.jsonl"
}

# The container runtime, as op_facts found it.
open_runtime() {
  read -r runtime runtime_name runtime_host rest <"$directory/runtime" || die 64 'the container runtime of this host is not known'
  if [ "$runtime_host" != - ]; then
    DOCKER_HOST=$runtime_host
    export DOCKER_HOST
  fi
}

# Our locks are 7, 8 and 9: what Podman starts would hold them for as long as the container runs.
rt() {
  case $runtime_name in
    -) command "$runtime" "$@" ;;
    *) command "$runtime" --runtime "$runtime_name" "$@" ;;
  esac 7>&- 8>&- 9>&-
}
