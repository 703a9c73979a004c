# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# The lock of a service: flock on a file, held by a script that lives as long as the connection of its holder, who sends a line each second.

op_lock() {
  open_records
  exec 9>>"$records/lock" || no_room "$records/lock"
  tries=0
  # Somebody may be asking whether it is held, which takes it for a moment.
  until flock -n 9; do
    tries=$((tries + 1))
    if [ $tries -ge 5 ]; then
      printf 'HELD '
      head -c 1024 "$records/holder" 2>/dev/null | head -n 1
      exit 75
    fi
    sleep 0.1
  done
  put "$records/holder" "$holder"
  [ -f "$records/beat" ] || put "$records/beat" 000000000000
  beat
  echo LOCKED
  # `read -t` is not in POSIX.
  while timeout 5 sh -c 'read -r line' 9>&-; do beat; done
  rm -f "$records/holder"
  exit 0
}

# Written over in place, at one length: this works on a full disk too.
beat() {
  uptime_seconds
  printf '%012d\n' "$uptime" 1<>"$records/beat"
}
