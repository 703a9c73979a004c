# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# The proxy as a host's own script uses it: commands to its runtime socket, and the file that says what it begins with.

# True when this service is behind a proxy of ours.
proxied() { [ -f "$directory/proxy/templates/$service.cfg.in" ]; }

# Sends one line to the runtime socket and prints the answer. Fails when nothing answers.
ask_proxy() {
  [ -S "$directory/proxy/run/haproxy.sock" ] || return 1
  (
    # Its name is short from there: the name of a socket has at most 107 characters.
    cd "$directory/proxy/run" || exit 1
    if have socat; then
      printf '%s\n' "$1" | socat -t 5 - UNIX-CONNECT:haproxy.sock
    elif have perl; then
      perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; $s->flush; print while <$s>' "$1"
    elif have python3; then
      python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect("haproxy.sock")
s.sendall((sys.argv[1] + "\n").encode())
for part in iter(lambda: s.recv(65536), b""): sys.stdout.buffer.write(part)' "$1"
    elif nc -h 2>&1 | grep -q -e '-U'; then
      printf '%s\n' "$1" | nc -U haproxy.sock
    else
      printf '%s\n' "$1" | rt exec --interactive coracle-proxy socat -t 5 - UNIX-CONNECT:/proxy/run/haproxy.sock
    fi
  ) 2>/dev/null
}

# set_proxy COMMANDS: fails, and says what the proxy said, when it refuses.
set_proxy() {
  answer=$(ask_proxy "$1") || return 1
  # Changes of addresses are answered with what was changed; everything else with nothing.
  case $answer in
    *'No such '* | *'Unknown command'* | *'nvalid '* | *'Permission denied'* | *'Require '* | *"can't"*)
      printf '%s\n' "$answer" | head -n 5
      return 1
      ;;
  esac
}

# What gives a slot all requests, and what takes them from one.
slot_on() { echo "set server $service/$1 addr 127.0.0.1 port $2; set server $service/$1 weight 100; set server $service/$1 state ready"; }
slot_off() { echo "set server $service/$1 weight 0"; }

# Waits until nothing is being answered by slot $1, at most $2 seconds.
drain_slot() {
  uptime_seconds
  until_second=$((uptime + $2))
  while :; do
    open=$(ask_proxy "show stat $service 4 -1" | awk -F, -v slot="$1" '$2 == slot { print $5 }')
    numbers "$open" && [ "$open" -gt 0 ] || return 0
    uptime_seconds
    [ "$uptime" -lt "$until_second" ] || return 0
    sleep 0.2
  done
}

# Prints the proxy's file of this service for the confirmed releases that read_state has set.
proxy_config() {
  [ -z "$current" ] || slot_marks "$current_slot" "$current_port" ''
  [ -z "$previous" ] || [ "$previous_slot" = "$current_slot" ] || slot_marks "$previous_slot" "$previous_port" disabled
  sed -e "$marks
s/@[AB]_PORT@/1/
s/@[AB]_STATE@/disabled/" "$directory/proxy/templates/$service.cfg.in"
}

# slot_marks SLOT PORT STATE
slot_marks() {
  mark=A
  [ "$1" = a ] || mark=B
  marks="$marks
s/@${mark}_PORT@/$2/
s/@${mark}_STATE@/$3/"
}

# Writes beside its place what the proxy begins with once $1 is the state.
prepare_proxy_config() {
  proxied || return 0
  read_state "$1"
  marks=
  text=$(proxy_config) && [ -n "$text" ] || die 65 "no configuration can be made from $directory/proxy/templates/$service.cfg.in"
  put "$directory/proxy/templates/$service.next" "$text"
}

# Puts it in place.
finish_proxy_config() {
  [ -f "$directory/proxy/templates/$service.next" ] || return 0
  take "$directory/proxy/templates/$service.next" "$directory/proxy/haproxy.d/$service.cfg"
}

op_proxy_config() {
  open_records
  prepare_proxy_config "$records/state"
  finish_proxy_config
}
