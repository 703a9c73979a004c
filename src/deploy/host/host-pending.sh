# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# From armed to confirmed or back. Each step leaves records from which `op_settle`, the timer or the same step again can go on.

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

# Everything that confirming will put in place is written beside it: a full disk is found now, and confirming is renaming.
op_prepare() {
  open_records
  open_runtime
  still_pending
  container_runs "$service-$release" || die 61 "$service-$release does not run any more"
  read_state "$records/state"
  put "$records/next" "$(confirmed_state)"
  prepare_proxy_config "$records/next"
  put "$records/prepared" "$release"
}

still_pending() {
  read_record pending && [ "$id" = "$release" ] || die 62 "$release is not pending here any more: the host went back"
}

# What `state` is when the release of id, slot and port is confirmed after read_state.
confirmed_state() {
  echo "current $id $slot $port"
  [ -z "$current" ] || echo "previous $current $current_slot $current_port"
}

op_commit() {
  open_records
  open_runtime
  finishing
  if read_record confirmed && [ "$id" = "$release" ]; then :; else
    read_state "$records/state"
    # Asked a second time, as the first answer was lost.
    if [ "$current" = "$release" ] && [ ! -f "$records/pending" ]; then return; fi
    still_pending
    IFS= read -r ready 2>/dev/null <"$records/prepared" && [ "$ready" = "$release" ] || die 66 "$release was not prepared"
    take "$records/pending" "$records/confirmed" || die 62 "the host went back before $release was confirmed"
  fi
  finish_confirmed
}

# After `confirmed` there is no way back, only onwards.
finish_confirmed() {
  read_record confirmed || return 0
  release=$id
  [ ! -f "$records/next" ] || take "$records/next" "$records/state"
  finish_proxy_config
  rm -f "$records/releases/$release/new"
  # The host may have been rebooted since, and have come up with the old one.
  boot_id
  [ "${rest##* }" = "$boot" ] || rt start "$service-$release" >/dev/null 2>&1
  read_state "$records/state"
  serve_current
  keep_running "$release"
  rm -f "$records/prepared" "$records/confirmed"
}

# The restart policy that the release asks for, from now on. Podman before 5.1 cannot change it: there it has it from its start.
keep_running() {
  read_placed "$1" || return 0
  restart_policy "$service-$1" "$placed_restart"
}

restart_policy() {
  [ "$2" = fixed ] || rt update --restart "$2" "$1" >/dev/null 2>&1
}

# An earlier release that runs and is proven becomes the current one. `switching` says so from the moment on from which it is only finished.
op_switch() {
  open_records
  open_runtime
  finishing
  read_state "$records/state"
  if [ "$current" != "$release" ]; then
    read_record starting && [ "$id" = "$release" ] || die 63 "$release does not run here"
    put "$records/next" "$(confirmed_state)"
    prepare_proxy_config "$records/next"
    take "$records/next" "$records/switching"
  fi
  finish_switching
}

# All requests go to the current release. A proxy that does not answer is not there: it will begin with its file.
serve_current() {
  proxied || return 0
  others=
  [ -z "$previous" ] || [ "$previous_slot" = "$current_slot" ] || others="; $(slot_off "$previous_slot")"
  said=$(set_proxy "$(slot_on "$current_slot" "$current_port")$others") || [ ! -S "$directory/proxy/run/haproxy.sock" ] || die 65 "the proxy refuses: $said"
}

finish_switching() {
  [ -f "$records/switching" ] || return 0
  read_state "$records/switching"
  serve_current
  finish_proxy_config
  # First: a current release that is said to be starting would be taken back.
  rm -f "$records/starting" "$records/releases/$current/new"
  take "$records/switching" "$records/state"
  keep_running "$current"
}

# Ends what a death or a reboot left. The caller holds the lock, so that nobody else is at it but a timer.
op_settle() {
  open_records
  open_runtime
  if [ -f "$records/confirmed" ]; then
    finishing
    finish_confirmed
    echo 'finished confirming'
  elif [ -f "$records/switching" ]; then
    settle_switching
  elif take "$records/pending" "$records/reverting" || [ -f "$records/reverting" ]; then
    go_back "${entry#?}"
    echo 'went back from a release whose deployer vanished'
  elif read_record starting; then
    take_starting && go_back "${entry#?}"
    echo 'removed a release that was started and never used'
  fi
  # What was being written beside its place.
  rm -f "$records/prepared" "$records/next" "$directory/proxy/templates/$service.next" "$records"/*.new.* "$directory/proxy/templates/$service".*.new.*
  settle_current
}

# Forward when the release that was switched to runs, and back when it does not: then the host was rebooted, and the proxy began with the old one.
settle_switching() {
  finishing
  read_state "$records/switching"
  if current_runs; then
    finish_switching
    echo 'finished a rollback'
  else
    rm -f "$records/switching"
    take_starting
    go_back "${entry#?}"
    echo 'went back from a rollback that was not finished'
  fi
}

# What is confirmed runs, and what is kept does not.
settle_current() {
  read_state "$records/state"
  list_containers
  if [ -n "$current" ] && ! is_listed_running "$service-$current"; then
    rt start "$service-$current" >/dev/null 2>&1 && echo "started $current again"
  fi
  printf '%s\n' "$list" | while read -r name state; do
    id=${name#"$service"-}
    [ "$id" != "$current" ] && tokens "$id" || continue
    if was_served "$id"; then
      # After a reboot Podman starts what was stopped.
      [ "$state" = running ] || continue
      ! proxied || [ "$id" != "$previous" ] || drain_slot "$previous_slot" 10
      rt stop "$name" >/dev/null 2>&1 && echo "stopped $id, which is kept"
    else
      drop_release "$id" && echo "removed $id, which nothing knew of"
    fi
  done
}

# The release in $slot, which serves no more, ends: its requests first, then its process. It is kept.
op_retire() {
  open_records
  open_runtime
  wanted=$slot
  read_state "$records/state"
  [ "$wanted" != "$current_slot" ] || die 66 "slot $wanted is the one that serves"
  [ "$wanted" = "$previous_slot" ] && [ -n "$previous" ] || return 0
  if proxied; then
    set_proxy "set server $service/$wanted state drain" >/dev/null
    drain_slot "$wanted" "$drain"
    set_proxy "set server $service/$wanted state maint" >/dev/null
  fi
  if read_placed "$previous" && [ "$placed_restart" != fixed ]; then restart_policy "$service-$previous" no; fi
  said=$(rt stop --time "$grace" "$service-$previous" 2>&1) || die 61 "$said"
}
