//! The implementation: the machine and its devices.

mod card;
mod console;
mod devices;
mod disk;
mod end;
mod entry;
mod host;
mod machine;
mod suspend;

pub use card::{Card, open_card};
pub use devices::OpenError;
pub use disk::{Disk, open_disk};
pub use end::panic;
pub use entry::start;
pub use machine::Guest;
pub use sarab_bare::{self as bare, Resource};
pub use sarab_pvh as pvh;
