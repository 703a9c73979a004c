# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# From armed to gone back. Each step leaves records from which `op_settle`, the timer or the same step again can go on.

# The started release $release becomes pending: from here on the host goes back after $seconds without a sign of the lock's holder.
op_arm() {
  open_records
  if ! read_record pending || [ "$id" != "$release" ]; then
    read_record starting && [ "$id" = "$release" ] || die 62 "$release was not started here, or was taken back"
    rm -f "$records/prepared"
    boot_id
    uptime_seconds
    put "$records/pending" "$id $slot $port $seconds $uptime $boot"
  fi
  # Also when this is asked again, as the first may have died before; of two timers one finds nothing to do.
  start_timer
  rm -f "$records/starting"
}

# In a session of its own: it outlives the connection. 9 would be the lock.
start_timer() {
  # shellcheck disable=SC2016 # for the inner shell
  setsid sh -c '. "$1"; directory=$2 service=$3; op_timer' timer "$library" "$directory" "$service" </dev/null >/dev/null 2>&1 9>&- &
}

op_timer() {
  open_records
  open_runtime
  cd /
  IFS= read -r mine <"$records/pending" || exit 0
  while sleep 1; do
    IFS= read -r now 2>/dev/null <"$records/pending" && [ "$now" = "$mine" ] || exit 0
    read_record pending || exit 0
    [ "$(seconds_left)" = 0 ] || continue
    take "$records/pending" "$records/reverting" || exit 0
    go_back '"by":"host","what":"revert","evidence":"no sign of the deployer"}'
    exit 0
  done
}

# Finishing what `reverting`, `confirmed` or `switching` says: one at a time, as the timer may meet the next deployer.
finishing() {
  [ -z "$is_finishing" ] || return 0
  exec 8>>"$records/finishing" || no_room "$records/finishing"
  flock 8
  is_finishing=true
}

# Weights back, then the new container away. $1 is the journal's line from its author on. Everything here may be done twice.
go_back() {
  finishing
  read_record reverting || return 0
  read_state "$records/state"
  release=$id
  grace=10
  if read_placed "$id"; then grace=$placed_grace; fi
  if ! current_runs; then
    # The one that served had to make room, or has died: it may need ports that the new one holds.
    stop_new
    bring_back_current
    weights_back
  else
    weights_back
    ! proxied || drain_slot "$slot" "$grace"
    stop_new
  fi
  if proxied; then set_proxy "set server $service/$slot state maint" >/dev/null; fi
  rm -f "$records/prepared" "$records/next" "$directory/proxy/templates/$service.next"
  forget_starting
  # A full disk must not keep it from being done.
  (journal "{\"release\":\"$release\",\"from\":\"$release\",\"to\":\"${current:-none}\",$1") 2>/dev/null
  rm -f "$records/reverting"
}

# A new one is removed, with its last words saved; a kept one, which a rollback had started, is only stopped.
stop_new() {
  rt stop --time "$grace" "$service-$release" >/dev/null 2>&1
  was_served "$release" || drop_release "$release"
}

container_runs() { [ "$(rt inspect --type container --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }
current_runs() { [ -z "$current" ] || container_runs "$service-$current"; }

# The proxy is told to send everything to the confirmed release. One that does not answer does not run, and begins with the file; one that
# cannot be told otherwise is started again.
weights_back() {
  proxied || return 0
  if [ -n "$current" ]; then
    set_proxy "$(slot_on "$current_slot" "$current_port"); $(slot_off "$slot")" && return
  else
    set_proxy "set server $service/$slot state maint" && return
  fi >/dev/null
  [ -S "$directory/proxy/run/haproxy.sock" ] || return 0
  rt restart coracle-proxy >/dev/null 2>&1
}

# The deployer goes back. $entry is the journal's line.
op_revert() {
  open_records
  open_runtime
  take "$records/pending" "$records/reverting" || take_starting || [ -f "$records/reverting" ] || return 0
  go_back "${entry#?}"
}

# Started, and nothing was told of it yet: going back is removing it.
take_starting() { [ -f "$records/starting" ] && take "$records/starting" "$records/reverting"; }
