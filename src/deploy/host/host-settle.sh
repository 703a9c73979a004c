# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# What the next deployer does first: it finishes what the records say was begun.

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
