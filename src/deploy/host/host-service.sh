# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# What a service has besides releases: jobs, accessories, a journal; and its end.

# Runs a job to its end, at most $seconds. All that it says goes to standard output; the last line of standard error is `exit CODE`.
op_job() {
  open_records
  open_runtime
  eval "set -- $arguments"
  remove_container "$job"
  # shellcheck disable=SC2046 # words
  [ "$network" = host ] || set -- $(network_words) "$@"
  rt_with_values run --rm --name "$job" "$@" 2>&1 &
  client=$!
  # Ends it when it takes too long, and with us.
  trap 'remove_container "$job"; exit 130' HUP INT TERM
  over=$(mktemp) || no_room 'a temporary file'
  (
    sleep "$seconds"
    echo over >"$over"
    remove_container "$job"
  ) >/dev/null 2>&1 &
  clock=$!
  wait $client
  code=$?
  kill $clock 2>/dev/null
  [ ! -s "$over" ] || code=timeout
  rm -f "$over"
  echo "exit $code" >&2
}

# Starts an accessory that is not there. Answers `started`, `running`, or `changed` when it runs with other settings than $settings.
op_accessory() {
  open_records
  open_runtime
  container=$service-$accessory
  if found=$(rt inspect --type container --format '{{.State.Running}} {{index .Config.Labels "coracle.settings"}}' "$container" 2>/dev/null); then
    if [ "${found%% *}" != true ]; then
      said=$(rt start "$container" 2>&1) || die 61 "$said"
      echo started
    elif [ "${found#* }" != "$settings" ]; then
      echo changed
    else
      echo running
    fi
    return
  fi
  open_network
  eval "set -- $arguments"
  if ! said=$(rt_with_values run --detach --name "$container" --network "$(network_name)" --network-alias "$accessory" --label "coracle.settings=$settings" "$@" 2>&1); then
    remove_container "$container"
    printf '%s\n' "$said" | tail -n 5 >&2
    exit 61
  fi
  echo started
}

# A service with accessories has a network of its own, in which they are known by their names. Others are on the runtime's default one.
network_name() { echo "coracle-$service"; }

open_network() {
  [ ! -f "$records/network" ] || return 0
  rt network inspect "$(network_name)" >/dev/null 2>&1 ||
    said=$(rt network create --label "coracle.service=$service" "$(network_name)" 2>&1) || die 61 "$said"
  put "$records/network" "$(network_name)"
}

# What puts a container on it. Podman has names there only with a plugin, so it is told where accessories are now.
network_words() {
  [ -f "$records/network" ] || return 0
  echo --network "$(network_name)"
  [ "$runtime" = podman ] || return 0
  for known in $(rt ps --filter "label=coracle.service=$service" --filter label=coracle.kind=accessory --format '{{.Names}}'); do
    place=$(rt inspect --type container --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$known") || continue
    case $place in '' | *[!0-9.]*) ;; *) echo --add-host "${known#"$service"-}:$place" ;; esac
  done
}

close_network() {
  [ -f "$records/network" ] || return 0
  ! rt network rm "$(network_name)" >/dev/null 2>&1 || rm -f "$records/network"
}

op_journal() {
  open_records
  journal "$entry"
  flush "$records/journal.jsonl"
}

op_history() {
  open_records
  [ ! -f "$records/journal.jsonl" ] || tail -n 1000 "$records/journal.jsonl"
}

# Everything of the service but its journal and its lock, which is held by who does this.
op_down() {
  open_records
  open_runtime
  rm -f "$records/pending"
  kinds='release job'
  [ "$accessories" != true ] || kinds="$kinds accessory"
  names=$(for kind in $kinds; do
    rt ps --all --filter "label=coracle.service=$service" --filter "label=coracle.kind=$kind" --format '{{.Names}}' || exit 1
  done) || die 61 'the containers cannot be listed'
  owned=
  if [ "$volumes" = true ] && [ -n "$names" ]; then
    # shellcheck disable=SC2086 # names of containers are words
    owned=$(rt inspect --type container --format '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}' $names)
  fi
  proxied && set_proxy "set server $service/a state maint; set server $service/b state maint" >/dev/null
  for name in $names; do
    rt stop "$name" >/dev/null 2>&1
    remove_container "$name" || die 61 "$name cannot be removed"
  done
  # It stays when somebody else is on it.
  [ "$accessories" != true ] || close_network
  for volume in $owned; do rt volume rm "$volume" >/dev/null 2>&1; done
  image_tags | while read -r tag; do rt rmi "$(image_name):$tag" >/dev/null 2>&1; done
  rm -rf "${records:?}/releases" "${records:?}/failed"
  for record in state next prepared starting confirmed reverting switching beat; do rm -f "$records/$record"; done
  mkdir -p "$records/releases" "$records/failed"
  prepare_proxy_config "$records/state"
  finish_proxy_config
}
