# shellcheck shell=sh disable=SC2034,SC2154,SC2015 # a part of one library: names come from other parts; `A && B || die` is meant
# What this host is, found by trying. Answers are lines of a name and a value.

op_facts() {
  missing=
  for tool in awk df flock mktemp setsid sha256sum sync timeout; do have "$tool" || missing="$missing $tool"; done
  [ -z "$missing" ] || die 64 "programs are missing:$missing"
  mkdir -p "$directory" 2>/dev/null && [ -w "$directory" ] || die 64 "$directory cannot be written"
  find_runtime
  boot_id
  lingers
  # shellcheck disable=SC2046 # three words
  set -- $(df -Pk "$directory" | awk 'NR == 2 { print $4 }') $(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  echo "runtime $runtime"
  echo "rootless $rootless"
  echo "version $version"
  echo "platform $platform"
  echo "freeKiB $1"
  echo "memoryKiB $2"
  echo "cpus $(nproc)"
  echo "boot $boot"
  echo "clock $(date +%s%N)"
  echo "directory $directory"
  # shellcheck disable=SC1091 # read for one variable, in a shell of its own
  echo "os $( (. /etc/os-release && echo "$PRETTY_NAME") 2>/dev/null)"
}

# Docker when it answers, else Podman. Sets runtime, rootless, version and platform, and keeps what `rt` needs.
find_runtime() {
  runtime=
  said=
  if have docker; then
    try_docker - || try_docker "unix:///run/user/$(id -u)/docker.sock"
  fi
  if [ -z "$runtime" ] && have podman; then try_podman; fi
  if [ -z "$runtime" ]; then
    if [ -n "$said" ]; then die 64 "no container runtime can be used: $said"; fi
    die 64 'neither Docker nor Podman is installed'
  fi
}

keep_runtime() {
  read -r kept 2>/dev/null <"$directory/runtime"
  [ "$kept" = "$1" ] || put "$directory/runtime" "$1"
}

try_docker() {
  case $1 in unix://*) [ -S "${1#unix://}" ] || return 1 ;; esac
  [ "$1" = - ] || export DOCKER_HOST="$1"
  if ! found=$(docker info --format '{{.ServerVersion}} {{.OSType}} {{.Architecture}} {{.SecurityOptions}}' 2>&1) || [ -z "${found%% *}" ]; then
    said="${said:+$said; }$(printf %s "$found" | tail -n 1)"
    [ "$1" = - ] || unset DOCKER_HOST
    return 1
  fi
  # The docker command may be Podman's.
  if [ "${found%% *}" = '<no' ]; then return 1; fi
  runtime=docker
  rootless=false
  case $found in *name=rootless*) rootless=true ;; esac
  # shellcheck disable=SC2086 # words
  set -- "$1" $found
  version=$2
  platform=$3/$(architecture "$4")
  keep_runtime "docker - $1"
}

architecture() {
  case $1 in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) echo "$1" ;;
  esac
}

# Asking Podman takes a quarter of a second: its answer is kept until the host is rebooted, or Podman or its settings are others.
try_podman() {
  boot_id
  key="$boot $(podman --version 2>/dev/null) $(id -u) $(stat -c %Y /etc/containers/containers.conf "$HOME/.config/containers/containers.conf" 2>/dev/null | tr '\n' ' ')"
  { read -r kept_key && read -r found; } 2>/dev/null <"$directory/podman"
  if [ "$kept_key" != "$key" ]; then
    if ! found=$(podman info --format '{{.Version.Version}} {{.Host.OS}} {{.Host.Arch}} {{.Host.Security.Rootless}} {{.Host.OCIRuntime.Name}}' 2>&1); then
      said="${said:+$said; }$(printf %s "$found" | tail -n 1)"
      return
    fi
    found=$(printf %s "$found" | tail -n 1)
    put "$directory/podman" "$key
$found"
  fi
  runtime=podman
  # shellcheck disable=SC2086 # words
  set -- $found
  version=$1
  platform=$2/$3
  rootless=$4
  # crun does not start where both versions of cgroups are mounted.
  if [ "$5" = crun ] && [ -d /sys/fs/cgroup/unified ] && have_runc; then
    keep_runtime 'podman runc -'
  else
    keep_runtime 'podman - -'
  fi
}

have_runc() { have runc || [ -x /usr/sbin/runc ]; }

# systemd ends what a user runs when the user's last session ends, unless told to let it linger.
lingers() {
  [ "$rootless" = true ] && [ -d /run/systemd/system ] || return 0
  user=$(id -un)
  [ -e "/var/lib/systemd/linger/$user" ] || die 64 "containers of $user would end with the connection: loginctl enable-linger $user"
}
