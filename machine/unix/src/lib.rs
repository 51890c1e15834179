//! An ordinary process as a machine.
//!
//! [`Process`] is the machine: the host's clocks and random numbers, its console, and a wait in the
//! [`reactor`]. Its devices are what the host has: sockets ([`SocketStack`]), taps ([`TapNet`]),
//! files ([`Disk`]) and folders ([`Directory`]). What stands for which device is said when booting:
//! `--disk NAME=FILE`, `--net NAME=tap:DEVICE`, `--folder NAME=PATH`, `--publish HOST:GUEST`.
//!
//! It runs on Linux 5.12 and later, for the waits to the nanosecond and the look-ups that do not
//! wait.
//!
//! Everything happens on one thread, and nothing there waits for a disk: what may wait goes to a
//! worker thread, which wakes the first one when it is done.

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod device;

#[cfg(feature = "device")]
pub use device::*;
