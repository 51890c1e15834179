#!/bin/sh
# Connects the disk of a guest to a device or a file, as Xen's own script of this name does with more than this shell has.
file=$(xenstore-read "$XENBUS_PATH/params")
case $1 in
add)
    device=$file
    if [ ! -b "$file" ]; then
        device=$(losetup -f)
        flag=
        [ "$(xenstore-read "$XENBUS_PATH/mode")" = r ] && flag=-r
        losetup $flag "$device" "$file" || exit 1
    fi
    xenstore-write "$XENBUS_PATH/node" "$device"
    xenstore-write "$XENBUS_PATH/physical-device" "$(stat -c %t:%T "$device")"
    xenstore-write "$XENBUS_PATH/hotplug-status" connected
    ;;
remove)
    [ -b "$file" ] || losetup -d "$(xenstore-read "$XENBUS_PATH/node")"
    ;;
esac
