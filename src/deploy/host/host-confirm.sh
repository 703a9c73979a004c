# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# What makes a release the current one: confirming a new one, or switching to a kept one; and the end of the one before.

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
