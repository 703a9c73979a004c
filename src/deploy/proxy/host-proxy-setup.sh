# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # comes after the library of ../host/; the other names are given by the caller
# The proxy of a host: looking at it, changing its files, starting it, reloading it. What is wanted was decided by TypeScript from what
# op_proxy_look said, and is done only when that is still so.
#
# Below $directory/proxy, besides what src/proxy/config.ts tells:
#   settings         one line: the ports, and who set them
#   services/NAME    what a service has: lines `tls MODE`, `route KEY NAME`, `domain NAME`, `wildcard .NAME`
#   next, last       files being checked, and what was there before
#   unfinished       files were changed and the proxy has perhaps not read them

parts='haproxy.d maps certificates services templates'

open_proxy() {
  proxy=$directory/proxy
  umask 077
  for part in $parts run; do mkdir -p "$proxy/$part" 2>/dev/null || no_room "$proxy/$part"; done
}

op_proxy_look() {
  open_proxy
  open_runtime
  echo "user $(id -u) $(id -g)"
  [ ! -s /proc/net/if_inet6 ] || echo ipv6
  echo "unprivileged $(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)"
  if found=$(rt inspect --type container --format '{{.State.Status}} {{.Config.Image}}' coracle-proxy 2>&1); then
    echo "container $found"
  else
    case $found in *o\ such\ container*) ;; *) die 64 "$found" ;; esac
  fi
  look_files
  echo "seen $(digest_of_files)"
}

digest_of_files() { look_files | sha256sum | cut -d ' ' -f 1; }

digest_of() {
  set -- "$(sha256sum "$1" 2>/dev/null)"
  echo "${1%% *}"
}

look_files() {
  [ ! -f "$proxy/unfinished" ] || echo unfinished
  [ ! -f "$proxy/settings" ] || echo "settings $(head -c 1024 "$proxy/settings" | head -n 1)"
  [ ! -f "$proxy/haproxy.d/00-base.cfg" ] || echo "base $(digest_of "$proxy/haproxy.d/00-base.cfg")"
  for file in "$proxy"/services/*; do
    [ -f "$file" ] || continue
    known=${file##*/}
    echo "service $known $(digest_of "$proxy/templates/$known.cfg.in")"
    [ ! -f "$proxy/certificates/$known.pem" ] || echo "certificate $known $(digest_of "$proxy/certificates/$known.pem")"
    head -c 262144 "$file" | awk -v name="$known" '{ print "has", name, $0 }'
  done
}

# Changes the files of $service, of the frontends, or both; then what $how says: nothing, run or reload.
op_proxy_apply() {
  open_proxy
  open_runtime
  exec 9>>"$proxy/lock" || no_room "$proxy/lock"
  flock -w 60 9 || die 65 'somebody else has been changing the proxy for a minute'
  [ "$(digest_of_files)" = "$expected" ] || die 66 'the proxy was changed in between'
  for port in $ports; do free_or_told "$port"; done
  stage_proxy
  check_proxy
  put "$proxy/unfinished" "$how"
  place_proxy
  case $how in
    run) run_proxy ;;
    reload) reload_proxy ;;
  esac
  rm -rf "$proxy/unfinished" "$proxy/next" "$proxy/last"
}

# free_or_told PORT: dies with the name of who listens on it.
free_or_told() {
  inode=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf %04X "$1")" '
    $4 == "0A" { n = split($2, part, ":"); if (part[n] == port) { print $10; exit } }')
  [ -n "$inode" ] || return 0
  holder=$(rt ps --filter "publish=$1" --format '{{.Names}}' 2>/dev/null | head -n 1)
  if [ -n "$holder" ]; then
    holder="the container $holder"
  else
    # shellcheck disable=SC2012 # only the numbers of processes are read
    pid=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v socket="socket:[$inode]" '
      /^\/proc\// { split($0, part, "/"); pid = part[3] }
      $NF == socket { print pid; exit }')
    holder=$(head -n 1 "/proc/$pid/comm" 2>/dev/null) && holder="$holder (process $pid)" || holder='a process of another user'
  fi
  die 67 "$1 $holder"
}

stage_proxy() {
  next=$proxy/next
  rm -rf "$next"
  {
    mkdir "$next" &&
      for part in $parts; do cp -pR "$proxy/$part" "$next/" || exit; done &&
      if [ -n "$service" ]; then stage_service; fi &&
      printf '%s\n' "$base" >"$next/haproxy.d/00-base.cfg" && printf '%s\n' "$settings" >"$next/settings" &&
      make_maps && list_certificates
  } 2>/dev/null || no_room "$next"
}

# $certificate is empty when it stays as it is.
stage_service() {
  if [ "$removed" = yes ]; then
    rt rm --force "coracle-acme-$service" >/dev/null 2>&1
    rm -rf "${proxy:?}/acme/$service"
    rm -f "$next/services/$service" "$next/templates/$service.cfg.in" "$next/haproxy.d/$service.cfg" "$next/certificates/$service.pem"
    return
  fi
  printf '%s\n' "$fragment" >"$next/services/$service" &&
    printf '%s\n' "$template" >"$next/templates/$service.cfg.in" &&
    sed -e 's/@[AB]_PORT@/1/;s/@[AB]_STATE@/disabled/' "$next/templates/$service.cfg.in" >"$next/haproxy.d/$service.cfg" &&
    if [ -n "$certificate" ]; then printf '%s\n' "$certificate" >"$next/certificates/$service.pem"; fi
  case $fragment in
    'tls off'*) rm -f "$next/certificates/$service.pem" ;;
  esac
}

make_maps() {
  fragments=$(cat "$next"/services/* 2>/dev/null)
  printf '%s\n' "$fragments" | awk '$1 == "route" { print $2, $3 }' | sort -u >"$next/maps/routes.map" &&
    printf '%s\n' "$fragments" | awk '$1 == "domain" { print $2, $2 }' | sort -u >"$next/maps/domains.map" &&
    printf '%s\n' "$fragments" | awk '$1 == "wildcard" { print length($2), $2, "*" $2 }' | sort -rnu | cut -d ' ' -f 2- >"$next/maps/wildcards.map"
}

# The first is what names without a certificate get, where that is allowed.
list_certificates() {
  {
    [ -z "$first" ] || [ ! -f "$next/certificates/$first.pem" ] || echo "certificates/$first.pem"
    for pem in "$next"/certificates/*.pem; do
      [ ! -f "$pem" ] || [ "${pem##*/}" = "$first.pem" ] || echo "certificates/${pem##*/}"
    done
  } >"$next/certificates/list"
}

# What every container of the proxy has. haproxy begins as root of the container, takes its ports, and becomes another user (KILL: to end workers
# of that user). When we are not root it needs rights to read what is ours, to give us its
# socket, and to take the place of one that is ours when it starts again.
in_proxy_container() {
  how_run=$1
  shift
  more=
  [ "$rights" = none ] || more="--cap-add NET_BIND_SERVICE --cap-add SETUID --cap-add SETGID --cap-add KILL"
  [ "$rights" != others ] || more="$more --cap-add DAC_OVERRIDE --cap-add CHOWN --cap-add FOWNER"
  # 9 is the lock, which what watches over a container must not hold.
  # shellcheck disable=SC2086 # words
  rt $how_run --user 0:0 --read-only --cap-drop ALL $more --security-opt no-new-privileges --security-opt label=disable \
    --mount "type=bind,source=$proxy,target=/proxy,readonly" --mount "type=bind,source=$proxy/run,target=/proxy/run" "$@" 9>&-
}

check_proxy() {
  if [ "$removed" = yes ] && [ "$how" = files ]; then
    return 0
  elif [ "$how" = run ]; then
    said=$(in_proxy_container 'run --rm --network none' --entrypoint haproxy "$image" -c -f /proxy/next/haproxy.d 2>&1)
  else
    said=$(rt exec coracle-proxy haproxy -c -f /proxy/next/haproxy.d 2>&1 9>&-)
  fi || die 65 "it does not take its configuration
$(printf '%s\n' "$said" | grep -E 'ALERT|rror' | head -n 10)"
}

# Only what is ours to change: other services' files may be changed by their releases meanwhile. What was there is kept until the proxy has read
# what comes.
changed_files() {
  echo settings haproxy.d/00-base.cfg maps/routes.map maps/domains.map maps/wildcards.map certificates/list
  [ -z "$service" ] || echo "services/$service templates/$service.cfg.in certificates/$service.pem haproxy.d/$service.cfg"
}

place_proxy() {
  last=$proxy/last
  rm -rf "$last"
  mkdir "$last" || no_room "$last"
  for part in $parts; do mkdir "$last/$part" || no_room "$last"; done
  for file in $(changed_files); do
    [ ! -f "$proxy/$file" ] || cp -p "$proxy/$file" "$last/$file" || no_room "$last"
  done
  for file in $(changed_files); do
    if [ ! -f "$next/$file" ]; then
      rm -f "$proxy/$file"
    elif [ "$file" = "haproxy.d/$service.cfg" ]; then
      op_proxy_config
    else
      mv "$next/$file" "$proxy/$file" || no_room "$proxy"
    fi
  done
  printf '1\n' >"$proxy/run/servers" || no_room "$proxy/run"
  sync
}

take_back() {
  for file in $(changed_files); do
    if [ -f "$last/$file" ]; then mv "$last/$file" "$proxy/$file"; else rm -f "$proxy/$file"; fi
  done
}

pid_of_worker() { ask_proxy 'show info' | awk '$1 == "Pid:" { print $2 }'; }

run_proxy() {
  rt rm --force coracle-proxy >/dev/null 2>&1
  if [ "$runtime" = podman ]; then
    # At boot it starts what has `always`, and nothing else.
    set -- --restart always --log-driver k8s-file --log-opt max-size=10mb
  else
    set -- --restart unless-stopped --log-driver json-file --log-opt max-size=10m --log-opt max-file=3
  fi
  said=$(in_proxy_container 'run --detach --name coracle-proxy --network host' "$@" \
    --label coracle.kind=proxy --stop-signal USR1 --entrypoint haproxy "$image" -W -db -f /proxy/haproxy.d 2>&1) ||
    die 65 "its container does not start
$(printf '%s\n' "$said" | tail -n 5)"
  await_proxy
}

await_proxy() {
  tries=0
  until [ -n "$(pid_of_worker)" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || {
      said=$(rt logs --tail 20 coracle-proxy 2>&1 | grep -E 'ALERT|rror' | tail -n 5)
      [ "$how" != run ] || rt rm --force coracle-proxy >/dev/null 2>&1
      die 65 "it does not answer
$said"
    }
    sleep 0.1
  done
}

# What releases have set in memory is written down, read by the new worker, and emptied again: after a restart the files count.
reload_proxy() {
  before=$(pid_of_worker)
  if [ -z "$before" ]; then
    rt restart coracle-proxy >/dev/null 2>&1 9>&-
    await_proxy
    return
  fi
  ask_proxy 'show servers state' >"$proxy/run/servers"
  rt kill --signal USR2 coracle-proxy >/dev/null 2>&1
  if ! new_worker; then
    take_back
    rt kill --signal USR2 coracle-proxy >/dev/null 2>&1
    new_worker
    printf '1\n' >"$proxy/run/servers"
    rm -rf "$proxy/unfinished"
    die 65 "it does not take its new configuration, and keeps the old one
$(rt logs --tail 20 coracle-proxy 2>&1 | grep -E 'ALERT' | tail -n 5)"
  fi
  printf '1\n' >"$proxy/run/servers"
  if [ "$idle" != 0 ]; then await_old_worker; fi
}

new_worker() {
  tries=0
  until now=$(pid_of_worker) && [ -n "$now" ] && [ "$now" != "$before" ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || return 1
    sleep 0.1
  done
}

# A client's idle connection to the old worker would bring its next request to where a release has gone from: they are closed after $idle seconds.
await_old_worker() {
  tries=0
  while [ "$(rt top coracle-proxy 2>/dev/null | wc -l)" -gt 3 ] && [ $tries -lt $((idle * 2)) ]; do
    tries=$((tries + 1))
    sleep 0.5
  done
}

# Makes sure that the image $reference is here, and says what it is called. $name is its name once it is ours; an image that the user chose keeps
# its own.
op_proxy_image() {
  open_runtime
  secrets=
  if [ -n "$name" ]; then
    ! rt image inspect "$name" >/dev/null 2>&1 || {
      echo "$name"
      return
    }
    [ -n "$reference" ] || exit 66
  elif rt image inspect "$reference" >/dev/null 2>&1; then
    echo "$reference"
    return
  fi
  said=$(pull_image 2>&1) || die 65 "its image cannot be had
$(printf '%s\n' "$said" | tail -n 5)"
  if [ -n "$name" ]; then
    said=$(rt tag "$reference" "$name" 2>&1) || die 65 "$said"
    rt rmi "$reference" >/dev/null 2>&1
    echo "$name"
  else
    echo "$reference"
  fi
}

# Keeps a container running that gets and renews the certificate of $service (acme/main.go). It is the same as long as what it is told is the same.
# What users say goes in through the client's environment. Ends with 68, and prints what it said, when there is no certificate in the end.
op_proxy_acme() {
  open_proxy
  open_runtime
  name=coracle-acme-$service
  own=$proxy/acme/$service
  mkdir -p "$own" 2>/dev/null || no_room "$own"
  told=$(printf '%s\n' "$image" "$email" "$acme" "$listen" "$domains" "$authority" | sha256sum | cut -d ' ' -f 1)
  found=$(rt inspect --type container --format '{{.State.Running}} {{index .Config.Labels "coracle.told"}}' "$name" 2>/dev/null)
  if [ "$found" != "true $told" ]; then
    rt rm --force "$name" >/dev/null 2>&1
    printf '%s\n' "$authority" >"$own/authority.pem" || no_room "$own"
    run_acme
  fi
  tries=0
  until said=$(rt logs --tail 20 "$name" 2>&1 | grep -E 'the proxy has the certificate|failed:' | tail -n 1) && [ -n "$said" ]; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || break
    sleep 0.5
  done
  case $said in
    *'the proxy has the certificate'*) ;;
    *)
      # Why stands in the lines after it.
      rt logs --tail 20 "$name" 2>&1 | sed -n '/failed:/,$p' | tail -n 5
      exit 68
      ;;
  esac
}

run_acme() (
  export ACME_SERVICE="$service" ACME_EMAIL="$email" ACME_DIRECTORY="$acme" ACME_LISTEN="$listen" ACME_DOMAINS="$domains"
  set -- --env ACME_SERVICE --env ACME_EMAIL --env ACME_DIRECTORY --env ACME_LISTEN --env ACME_DOMAINS
  [ -z "$authority" ] || set -- "$@" --env LEGO_CA_CERTIFICATES=/acme/authority.pem
  who=$(id -u):$(id -g)
  [ "$rights" != none ] || who=0:0
  again=unless-stopped
  [ "$runtime" != podman ] || again=always # at boot it starts what has this, and nothing else
  said=$(rt run --detach --name "$name" --network host --restart "$again" --user "$who" --read-only --cap-drop ALL \
    --security-opt no-new-privileges --security-opt label=disable --label coracle.kind=proxy --label "coracle.told=$told" \
    --mount "type=bind,source=$own,target=/acme" --mount "type=bind,source=$proxy/certificates,target=/acme/certificates" \
    --mount "type=bind,source=$proxy/run,target=/proxy/run" "$@" "$image" 2>&1) ||
    die 65 "the container that gets certificates does not start
$(printf '%s\n' "$said" | tail -n 5)"
)

# Ends the proxy of a host that has no service any more.
op_proxy_end() {
  open_proxy
  open_runtime
  exec 9>>"$proxy/lock" || no_room "$proxy/lock"
  flock -w 60 9 || die 65 'somebody else has been changing the proxy for a minute'
  for file in "$proxy"/services/*; do [ ! -f "$file" ] || exit 0; done
  rt rm --force coracle-proxy >/dev/null 2>&1
  rm -rf "${proxy:?}"
}
