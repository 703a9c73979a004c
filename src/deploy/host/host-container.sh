# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# Containers of releases: start, start again, look at, remove. TypeScript made the runtime's arguments ($arguments, quoted for sh); what only the
# host knows (name, port, slot) is added here.

# Runs the runtime with "$@" and the container's variables: those in $env_names come from $value_NAME through the client's environment, the others
# ($env_file) through a pipe, as they would mean something to the client. So no value is in a command line.
rt_with_values() (
  for name in $env_names; do eval "export $name=\"\$value_$name\""; done
  if [ -n "$env_file" ]; then
    printf '%s\n' "$env_file" | rt "$@"
  else
    rt "$@" </dev/null
  fi
)

op_start() {
  open_records
  open_runtime
  tokens "$release" || die 63 "not a release: $release"
  for record in pending confirmed reverting switching starting; do
    [ ! -f "$records/$record" ] || die 66 "an earlier release is not settled here: $(head -c 200 "$records/$record")"
  done
  read_state "$records/state"
  slot=a
  [ "$current_slot" != a ] || slot=b
  check_fixed_ports
  mkdir -p "$records/releases/$release" || no_room "$records/releases"
  put "$records/releases/$release/new" "$release"
  put "$records/releases/$release/release.json" "$release_json"
  [ -z "$fixed_ports" ] || put "$records/releases/$release/ports" "$fixed_ports"
  container=$service-$release
  free_fixed_ports
  taken=' '
  tries=0
  while :; do
    choose_port
    put "$records/starting" "$release $slot $port new"
    said=$(start_container 2>&1) && break
    tries=$((tries + 1))
    case $said in
      *'port is already allocated'* | *'ddress already in use'*) [ -z "$fixed_ports" ] && [ $tries -lt 5 ] && taken="$taken$port " && remove_container "$container" && continue ;;
    esac
    failed_start
  done
  echo "$slot $port $container"
}

start_container() {
  eval "set -- $arguments"
  if [ "$network" = host ]; then
    set -- --env "$port_variable=$port" "$@"
  else
    # shellcheck disable=SC2046 # words
    set -- $(network_words) --publish "127.0.0.1:$port:$container_port" "$@"
  fi
  rt_with_values run --detach --name "$container" --label "coracle.slot=$slot" "$@"
}

failed_start() {
  drop_release "$release"
  rm -f "$records/starting"
  bring_back_current
  printf '%s\n' "$said" | tail -n 5 >&2
  exit 61
}

# A port of the host's own can be held by one container only: the one that serves is stopped for it, if it has one of them.
free_fixed_ports() {
  for fixed in $fixed_ports; do
    ! current_has "$fixed" || { rt stop "$service-$current" >/dev/null 2>&1 && return; }
  done
}

# Before anything is stopped: what somebody else listens on cannot be had.
check_fixed_ports() {
  for fixed in $fixed_ports; do
    current_has "$fixed" || ! is_taken "${fixed%/*}" "${fixed#*/}" || die 61 "port $fixed of this host is taken by something else"
  done
}

current_has() {
  [ -n "$current" ] && case " $(cat "$records/releases/$current/ports" 2>/dev/null) " in *" $1 "*) ;; *) false ;; esac
}

# is_taken PORT tcp|udp: as /proc says who listens.
is_taken() {
  cat "/proc/net/$2" "/proc/net/${2}6" 2>/dev/null | awk -v port="$(printf ':%04X' "$1")" -v protocol="$2" '
    substr($2, length($2) - 4) == port && $4 == (protocol == "tcp" ? "0A" : "07") { found = 1 }
    END { exit !found }'
}

# The one that serves, started again if it was stopped for another.
bring_back_current() {
  [ -z "$current" ] || rt start "$service-$current" >/dev/null 2>&1
}

# Sets port to a loopback port that nothing listens on and no kept release has, and writes it down. The range is below the one that the kernel
# takes ports for outgoing connections from.
choose_port() {
  {
    flock 7
    port=$(free_port) || die 61 'no port between 20000 and 29999 is free'
    put "$records/releases/$release/placed" "$slot $port $grace $restart"
  } 7>>"$directory/ports.lock"
}

free_port() {
  kept=$(cat "$directory"/services/*/releases/*/placed 2>/dev/null | awk '{ print $2 }')
  # /proc has ports in hexadecimal, of any state: one that was just closed is not free either.
  printf '%s\n' "$kept" "$taken" | cat - /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v seed="$(date +%s)$$" '
    function hex(text, i, n) {
      n = 0
      for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
      return n
    }
    $2 ~ /:/ { n = split($2, part, ":"); used[hex(part[n])] = 1; next }
    { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) used[$i] = 1 }
    END {
      from = substr(seed, length(seed) - 5) % 10000
      for (i = 0; i < 10000; i++) {
        port = 20000 + (from + i) % 10000
        if (!(port in used)) { print port; exit }
      }
      exit 1
    }'
}

# Removed with its own volumes of no name. That it is not there is as good.
remove_container() {
  rt rm --force --volumes "$1" >/dev/null 2>&1 && return
  ! rt inspect --type container "$1" >/dev/null 2>&1 || rt rm --force "$1" >/dev/null
}

# Starts a kept container in the slot that is free.
op_restart() {
  open_records
  open_runtime
  tokens "$release" || die 63 "not a release: $release"
  read_placed "$release" || die 63 "there is no release $release on this host"
  read_state "$records/state"
  [ "$release" != "$current" ] || die 66 "$release serves already"
  slot=a
  [ "$current_slot" != a ] || slot=b
  container=$service-$release
  port=$placed_port
  fixed_ports=$(cat "$records/releases/$release/ports" 2>/dev/null)
  check_fixed_ports
  free_fixed_ports
  put "$records/starting" "$release $slot $port kept"
  if ! said=$(rt start "$container" 2>&1); then
    rm -f "$records/starting"
    bring_back_current
    case $said in *o\ such\ container* | *o\ container\ with\ name*) die 63 "the container of $release is not kept on this host any more" ;; esac
    printf '%s\n' "$said" | tail -n 5 >&2
    exit 61
  fi
  echo "$slot $port $container"
  head -c 4096 "$records/releases/$release/release.json" | head -n 1
}

op_container() {
  open_runtime
  rt inspect --type container --format '{"running":{{json .State.Running}},"exitCode":{{json .State.ExitCode}},"restarts":{{json .RestartCount}},"oomKilled":{{json .State.OOMKilled}},"startedAt":{{json .State.StartedAt}},"error":{{json .State.Error}}}' "$container" ||
    exit 61
}

# Fields by name: all of them would hold the values of its variables.
inspection() {
  rt inspect --type container --format '{"image":{{json .Config.Image}},"command":{{json .Config.Cmd}},"entrypoint":{{json .Config.Entrypoint}},"user":{{json .Config.User}},"state":{{json .State}},"restarts":{{json .RestartCount}},"memory":{{json .HostConfig.Memory}},"readOnly":{{json .HostConfig.ReadonlyRootfs}},"network":{{json .HostConfig.NetworkMode}},"ports":{{json .HostConfig.PortBindings}},"mounts":{{json .Mounts}}}' "$1" 2>/dev/null
}

last_lines() { rt logs --tail 200 "$1" 2>&1 | tail -c 65536; }

op_evidence() {
  open_records
  open_runtime
  tokens "$release" || die 63 "not a release: $release"
  if found=$(inspection "$service-$release"); then
    printf '%s\n' "$found"
    last_lines "$service-$release"
  elif [ -f "$records/failed/$release/inspect" ]; then
    head -n 1 "$records/failed/$release/inspect"
    cat "$records/failed/$release/log"
  else
    die 63 "nothing is kept of $release"
  fi
}

# Kept of the ten newest that failed. A full disk must not keep one from going back.
save_evidence() {
  mkdir -p "$records/failed/$1" 2>/dev/null
  { inspection "$service-$1" >"$records/failed/$1/inspect" && last_lines "$service-$1" >"$records/failed/$1/log"; } 2>/dev/null
  # shellcheck disable=SC2012 # names are checked words
  ls -1r "$records/failed" | tail -n +11 | while read -r old; do
    tokens "$old" && rm -rf "${records:?}/failed/$old"
  done
}

# Its container goes, with its last words saved, and with it what is known of it.
drop_release() {
  save_evidence "$1"
  remove_container "$service-$1" || return 1
  rm -rf "${records:?}/releases/$1"
}

op_remove() {
  open_records
  open_runtime
  tokens "$release" || die 63 "not a release: $release"
  read_state "$records/state"
  [ "$release" != "$current" ] || die 66 "$release is the one that serves"
  drop_release "$release" || exit 61
  forget_starting
  [ "$release" != "$previous" ] || put "$records/state" "current $current $current_slot $current_port"
  bring_back_current
}

# What was started is gone.
forget_starting() {
  if read_record starting && [ "$id" = "$release" ]; then rm -f "$records/starting"; fi
}
