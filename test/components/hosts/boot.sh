#!/bin/sh
# What a host does when its power comes: its file systems, its runtime, its ssh server. The machine's programs and settings lie below, read only
# in effect; what the host writes goes to its own disk. Nothing else of the machine is seen.
#
# usage: boot.sh PLACE, in new mount, process, host name, ipc, control group and time namespaces
set -eu
place=$1
root=$place/root

mount --make-rprivate /
mount --bind "$root" "$root"
for link in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$link" ] && [ ! -L "$root/$link" ]; then cp -a "/$link" "$root/$link"; fi
done
for part in usr etc var; do
  mkdir -p "$root/$part"
  mount -t overlay -o "lowerdir=/$part,upperdir=$place/changes/$part,workdir=$place/work/$part" overlay "$root/$part"
done
own() { # name on the disk, place
  mkdir -p "$root$2"
  mount --bind "$place/$1" "$root$2"
}
own home /root
own docker /var/lib/docker
own containers /var/lib/containers
own cni /var/lib/cni
own coracle /var/lib/coracle
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/home" "$root/old"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
# As udev has it: every user may.
if [ -e /dev/net/tun ]; then
  [ -e "$place/tun" ] || mknod -m 666 "$place/tun" c 10 200
  mount --bind "$place/tun" "$root/dev/net/tun"
fi
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mkdir -p "$root/run/lock" "$root/run/sshd" "$root/run/user"

# Its own view of the control groups, in the form that the machine has them.
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  hierarchies=$(sed 's/^0::.*/0:unified:/' /proc/self/cgroup | cut -d: -f2)
  mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup"
  for hierarchy in $hierarchies; do
    directory=$root/sys/fs/cgroup/${hierarchy#name=}
    mkdir -p "$directory"
    case $hierarchy in
    unified) mount -t cgroup2 cgroup "$directory" ;;
    name=*) mount -t cgroup -o "none,$hierarchy" cgroup "$directory" ;;
    *) mount -t cgroup -o "$hierarchy" cgroup "$directory" ;;
    esac
  done
fi

cd "$root"
pivot_root . old
umount -l /old
rmdir /old
cd /
mount --make-rshared /
# shellcheck source=/dev/null
. /etc/host
hostname "$HOST_NAME"
cat /proc/sys/kernel/random/uuid >/run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
# The kernel lets an ordinary user mount /proc in a container only where a whole one is to be seen.
mkdir /run/proc
mount -t proc proc /run/proc

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
if id deployer >/dev/null 2>&1; then
  mkdir -p /home/deployer /run/user/2001
  chown deployer:deployer /home/deployer /run/user/2001
  chmod 700 /home/deployer /run/user/2001
fi
# The network outlives the host: what its runtime had made there goes, as at any boot.
for table in filter nat mangle raw; do
  iptables -t "$table" -F 2>/dev/null && iptables -t "$table" -X 2>/dev/null
done
ip -o link show | cut -d: -f2 | cut -d@ -f1 | grep -vxE ' (lo|eth0)' | while read -r link; do
  ip link delete "$link" 2>/dev/null || true
done
/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config </dev/null &
if [ "$HOST_ENGINE" = docker ]; then
  dockerd </dev/null >/var/log/dockerd.log 2>&1 &
else
  # As the package's tmpfiles.d and podman-restart.service do.
  rm -rf /var/lib/cni/networks /var/lib/containers/storage/tmp
  podman start --all --filter restart-policy=always </dev/null >/var/log/podman.log 2>&1 || true
fi
# Process 1 buries the dead.
while :; do
  wait
  sleep 0.5
done
