# The first process of a test machine: makes its file systems out of nothing that outlives it, then keeps it alive.
# usage: init.sh LOWER SCRATCH CGROUPS [SOURCE TARGET]...   in mount, pid, net, uts, ipc and cgroup namespaces of its own
#   LOWER    the root that it is made of; never written to
#   SCRATCH  folder that takes what it writes
#   CGROUPS  own: the hierarchies of this machine; v2: nothing but cgroup2
#   SOURCE   is bound to TARGET of the machine
set -eu
lower=$1 scratch=$2 cgroups=$3
shift 3
root=$scratch/root
mkdir -p "$scratch/upper" "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$scratch/upper,workdir=$scratch/work" "$root"

# Engines can't keep their own overlays on one.
for dir in home root tmp var/tmp var/lib/containers var/lib/docker var/lib/containerd; do
  data=$scratch/data/$dir
  mkdir -p "$data" "$root/$dir"
  cp -a "$root/$dir/." "$data/"
  chmod --reference="$root/$dir" "$data"
  mount --bind "$data" "$root/$dir"
done

# This /proc is still that of the machine around us: it has our process id there, and the names of our cgroups.
read -r pid _ </proc/self/stat
hierarchies=$(cat /proc/self/cgroup)
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mkdir -m 1777 "$root/run/lock"
mkdir "$root/run/user"

# As udev makes it.
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/net"
while read -r name major minor; do
  mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done <<end
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
fuse 10 229
net/tun 10 200
end
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
mount -t mqueue -o nosuid,nodev,noexec mqueue "$root/dev/mqueue"

case $cgroups in
v2) mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup" ;;
own)
  if ! printf '%s\n' "$hierarchies" | grep -qv '^0::'; then
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  else
    mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs "$root/sys/fs/cgroup"
    printf '%s\n' "$hierarchies" | while IFS=: read -r number controllers _; do
      case $number:$controllers in
      0:) name=unified type=cgroup2 options=rw ;;
      *:name=*) name=${controllers#name=} type=cgroup options=none,$controllers ;;
      *) name=$controllers type=cgroup options=$controllers ;;
      esac
      mkdir "$root/sys/fs/cgroup/$name"
      mount -t "$type" -o "$options" "$type" "$root/sys/fs/cgroup/$name"
      for one in $(printf %s "$name" | tr , ' '); do
        [ -e "$root/sys/fs/cgroup/$one" ] || ln -s "$name" "$root/sys/fs/cgroup/$one"
      done
    done
  fi
  ;;
esac

while [ $# -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else : >>"$root$2"; fi
  mount --bind "$1" "$root$2"
  shift 2
done

cd "$root"
mkdir .around
pivot_root . .around
umount -l /.around
rmdir /.around
cd /
# systemd makes it so, and rootless Podman warns where it isn't.
mount --make-rshared /
ip link set lo up 2>/dev/null || :

trap 'exit 0' TERM
echo "ready $pid"
# Reaps whatever is left to it.
while :; do
  sleep 1000 &
  wait $! || :
done
