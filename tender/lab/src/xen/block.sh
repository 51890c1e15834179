#!/bin/sh
# Connects the disk of a guest to a device or a file, as Xen's own script of this name does with more than this shell has.
file=$(xenstore-read "$XENBUS_PATH/params")
case $1 in
add)
    device=$file
    if [ ! -b "$file" ]; then
        flag=
        [ "$(xenstore-read "$XENBUS_PATH/mode")" = r ] && flag=-r
        # Another disk may take the same free device first.
        for try in 1 2 3 4 5 6 7 8 9 10; do
            device=$(losetup -f)
            losetup $flag "$device" "$file" && break
            [ $try = 10 ] && exit 1
        done
    fi
    xenstore-write "$XENBUS_PATH/node" "$device"
    xenstore-write "$XENBUS_PATH/physical-device" "$(stat -c %t:%T "$device")"
    xenstore-write "$XENBUS_PATH/hotplug-status" connected
    ;;
remove)
    [ -b "$file" ] || losetup -d "$(xenstore-read "$XENBUS_PATH/node")"
    ;;
esac
