#!/bin/busybox sh
# Turns a Linux into dom0: modules, the daemons of Xen, a bridge for each card. Then the agent takes over.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin
for folder in /usr/lib/xen-*/bin; do PATH=$PATH:$folder; done
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
mkdir -p /dev/pts /run/xen /run/xenstored
mount -t devpts none /dev/pts
for module in /modules/*.ko; do insmod "$module" || echo "lab: $module cannot be loaded"; done
mount -t xenfs none /proc/xen
ip link set lo up

xenstored --pid-file /run/xenstored.pid
for try in 1 2 3 4 5 6 7 8 9 10; do
    xenstore-read / >/dev/null 2>&1 && break
    usleep 100000
done
xen-init-dom0
xenconsoled --log=none

# One bridge for each card of the host, or one that ends here.
count=0
for card in /sys/class/net/eth*; do
    [ -e "$card" ] || continue
    card=${card##*/}
    brctl addbr "br$count"
    brctl addif "br$count" "$card"
    ip link set "$card" up
    ip link set "br$count" up
    count=$((count + 1))
done
if [ $count = 0 ]; then
    brctl addbr br0
    ip address add 10.0.0.1/24 dev br0
    ip link set br0 up
fi

/agent --agent /dev/vport0p1 || echo "lab: the agent ended with $?"
sleep 1
poweroff -f
