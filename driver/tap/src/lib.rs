//! Frames through a Linux tap device.
