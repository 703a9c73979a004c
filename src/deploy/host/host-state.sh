# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# The records of a service, in $records:
#   state       `current ID SLOT PORT` and `previous ID SLOT PORT`: what is confirmed. One file, so that one rename changes both.
#   starting    `ID SLOT PORT new|kept`: a container that runs and that nothing has been told of yet.
#   pending     `ID SLOT PORT SECONDS UPTIME BOOT`: as starting, with the revert armed. It is renamed to `confirmed` or to `reverting`: who
#               renames it first decides. Whoever finds one of those two, or `switching`, finishes what it says.
#   prepared    the pending release's name, when `next` is what `state` becomes when it is confirmed.
#   beat        uptime at the last sign of the lock's holder.
#   releases/ID release.json as the deployer wrote it; `placed`, `SLOT PORT GRACE RESTART`; `ports`, those that only one container can hold; `new`
#               until it is confirmed.
#   failed/ID   log and inspect of a release that failed here.

# Sets current, current_slot, current_port, previous … of the file $1; all empty without it.
read_state() {
  current='' current_slot='' current_port='' previous='' previous_slot='' previous_port=''
  [ -f "$1" ] || return 0
  while read -r state_which state_id state_slot state_port state_rest; do
    tokens "$state_id" "$state_slot" && numbers "$state_port" || die 66 "$1 is damaged: $state_which $state_id"
    case $state_which in
      current) current=$state_id current_slot=$state_slot current_port=$state_port ;;
      previous) previous=$state_id previous_slot=$state_slot previous_port=$state_port ;;
    esac
  done <"$1"
}

# Sets id, slot, port and rest from a record of one line. Fails when it is not there.
read_record() {
  [ -f "$records/$1" ] && read -r id slot port rest <"$records/$1" || return 1
  tokens "$id" "$slot" && numbers "$port" || die 66 "$records/$1 is damaged"
}

read_placed() {
  [ -f "$records/releases/$1/placed" ] && read -r placed_slot placed_port placed_grace placed_restart rest <"$records/releases/$1/placed" || return 1
  tokens "$placed_slot" "$placed_restart" && numbers "$placed_port" "$placed_grace" || die 66 "$records/releases/$1/placed is damaged"
}

# Whether a release was once confirmed here, and is kept.
was_served() { [ -d "$records/releases/$1" ] && [ ! -f "$records/releases/$1/new" ]; }

op_state() {
  open_records
  open_runtime
  list_containers
  read_state "$records/state"
  [ -z "$current" ] || tell current "$current" "$current_slot" "$current_port"
  [ -z "$previous" ] || tell previous "$previous" "$previous_slot" "$previous_port"
  fresh=
  for record in pending reverting confirmed starting; do
    read_record "$record" || continue
    fresh=$id
    tell "$record" "$id" "$slot" "$port"
    [ "$record" != pending ] || ! timer_is_of_this_boot || echo "left $(seconds_left)"
    [ ! -f "$records/prepared" ] || echo prepared
    break
  done
  [ ! -f "$records/switching" ] || echo switching
  tell_strays
  tell_holder
}

# Sets list to this service's containers of releases, as `NAME running`, with the runtime's own word for other states.
list_containers() {
  list=$(rt ps --all --filter "label=coracle.service=$service" --filter label=coracle.kind=release --format '{{.Names}} {{.State}}' 2>&1) || die 61 "$list"
  # Podman 4 says since when.
  list=$(printf '%s\n' "$list" | awk 'NF > 1 { print $1, ($2 == "Up" ? "running" : $2) }')
}

is_listed_running() {
  case "
$list
" in *"
$1 running
"*) ;; *) return 1 ;; esac
}

# tell WHICH ID SLOT PORT
tell() {
  running=false
  ! is_listed_running "$service-$2" || running=true
  printf '%s %s %s %s %s ' "$1" "$2" "$3" "$4" "$running"
  head -c 4096 "$records/releases/$2/release.json" 2>/dev/null | head -n 1
  [ -s "$records/releases/$2/release.json" ] || echo '{}'
}

# A reboot ended the timer; what it was to undo was in the proxy's memory alone. Wants `rest` as read_record left it.
timer_is_of_this_boot() {
  boot_id
  [ "${rest##* }" = "$boot" ]
}

# Whole seconds until the pending release goes back. Wants `rest` as read_record left it.
seconds_left() {
  # shellcheck disable=SC2086 # words
  set -- $rest
  numbers "$1" "$2" || die 66 "$records/pending is damaged"
  uptime_seconds
  last_sign "$2"
  left=$(($1 - (uptime - sign)))
  [ "$left" -gt 0 ] && echo "$left" || echo 0
}

# Sets sign: uptime at the last sign of the holder, not before $1 and not after now.
last_sign() {
  sign=
  [ ! -f "$records/beat" ] || read -r sign <"$records/beat"
  numbers "$sign" || sign=$1
  # Zeros in front would make it octal.
  while [ "${sign#0}" != "$sign" ] && [ "$sign" != 0 ]; do sign=${sign#0}; done
  if [ "$sign" -lt "$1" ] || [ "$sign" -gt "$uptime" ]; then sign=$1; fi
}

# What runs without being the current, the previous or a new release; and containers without a record.
tell_strays() {
  printf '%s\n' "$list" | while read -r name state; do
    id=${name#"$service"-}
    case $id in '' | "$current" | "$previous" | "$fresh") continue ;; esac
    [ "$state" != running ] && was_served "$id" && continue
    echo "stray $name"
  done
}

tell_holder() {
  [ -f "$records/lock" ] || return 0
  flock -n "$records/lock" true && return
  printf 'lock '
  head -c 1024 "$records/holder" 2>/dev/null | head -n 1
  [ -s "$records/holder" ] || echo '{}'
}
