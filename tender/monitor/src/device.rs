//! What stands for the devices of a guest.

mod card;
mod disk;

pub(crate) use card::Card;
pub use card::Wire;
pub(crate) use disk::Disk;
pub use disk::File;
