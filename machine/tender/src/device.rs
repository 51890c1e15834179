//! The implementation: the machine and its devices.

mod boot;
mod card;
mod clock;
mod console;
mod crash;
mod disk;
mod doorbell;
mod entry;
mod events;
mod machine;
mod one_core;
mod queue;
mod waiters;

pub use card::{Card, CardError, OpenCardError};
pub use crash::panic;
pub use disk::{Disk, DiskError, OpenDiskError};
pub use entry::{Resource, start};
pub use machine::Guest;
pub use sarab_abi::manifest;
pub use sarab_bare as bare;
