//! The implementation: the machine and its devices.

mod boot;
mod card;
mod clock;
mod console;
mod crash;
mod disk;
mod doorbell;
mod entry;
mod machine;
mod open;
mod queue;

pub use card::{Card, CardPort, open_card};
pub use crash::panic;
pub use disk::{Disk, DiskQueue, open_disk};
pub use entry::start;
pub use machine::Guest;
pub use open::OpenError;
pub use sarab_bare::{self as bare, Resource};
