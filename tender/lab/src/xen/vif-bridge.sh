#!/bin/sh
# Connects the card of a guest to its bridge, as Xen's own script of this name does with more than this shell has.
[ "$1" = online ] || exit 0
bridge=$(xenstore-read "$XENBUS_PATH/bridge")
if brctl addif "$bridge" "$vif" && ip link set "$vif" up; then
    xenstore-write "$XENBUS_PATH/hotplug-status" connected
else
    xenstore-write "$XENBUS_PATH/hotplug-error" "there is no bridge $bridge"
    xenstore-write "$XENBUS_PATH/hotplug-status" error
    exit 1
fi
