#!/bin/sh
# The hardware of one host: a disk (tmpfs), a network card, a switch of its power. It lives in a mount and a network namespace of its own, and
# does what it reads on its standard input: `on`, `off`, or the end of the input, when the tests are over or have died. All that it made ends
# with it: nothing has to be cleaned up but its control group.
#
# usage: unshare -m -n hardware.sh PLACE GROUP SIZE
set -eu
here=$(dirname "$(realpath "$0")")
place=$1 group=$2 size=$3

mount --make-rprivate /
mount -t tmpfs -o "size=$size,mode=755" disk "$place"
for part in usr etc var; do mkdir -p "$place/changes/$part" "$place/work/$part"; done
mkdir -p "$place/root" "$place/home" "$place/docker" "$place/containers" "$place/cni" "$place/coracle"
chmod 700 "$place/home"
ip link set lo up

outer=
off() {
  [ -n "$outer" ] || return 0
  kill -KILL "$outer" 2>/dev/null || true
  wait "$outer" 2>/dev/null || true
  outer=
  # The processes inside end just after the one that held them.
  while in_group; do sleep 0.02; done
}

groups() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$group"; }

in_group() { groups | while read -r directory; do
  find "$directory" -name cgroup.procs -exec cat {} +
done | grep -q .; }

# A host's processes are a group of their own, below which its runtime makes those of its containers.
join_group() {
  [ ! -e /sys/fs/cgroup/cgroup.controllers ] || return 0 # only where each controller has a tree of its own
  for controller in /sys/fs/cgroup/*/; do
    [ -e "$controller/cgroup.procs" ] || continue
    mkdir -p "$controller/$group"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$controller/$file" ] || cat "$controller/$file" >"$controller/$group/$file"
    done
    echo 0 >"$controller/$group/cgroup.procs"
  done
}

end() {
  off
  groups | while read -r directory; do find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
}
trap end EXIT
trap 'exit 0' TERM INT

on() {
  uptime=$(cut -d. -f1 /proc/uptime)
  (
    join_group
    exec setpriv --pdeathsig KILL unshare -m -p -u -i -C -T --boottime "-$uptime" --monotonic "-$uptime" -f --kill-child \
      sh "$here/boot.sh" "$place" </dev/null >>"$place/console" 2>&1
  ) &
  outer=$!
  inner=
  while [ -z "$inner" ]; do
    sleep 0.01
    # Before that its children are of join_group.
    [ "$(cat "/proc/$outer/comm")" != unshare ] || inner=$(cat "/proc/$outer/task/$outer/children")
  done
  echo "on ${inner% }"
}

echo ready
while read -r word; do
  case $word in
  on) on ;;
  off)
    off
    echo off
    ;;
  esac
done
