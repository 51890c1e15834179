//! A part of a disk as a disk, and the tables that divide disks.

mod error;
mod gpt;
mod mbr;
mod plan;
mod table;
mod window;

pub use error::{ChainFault, EntryFault, GptFault, OpenError, PlanError, TableError, Warning};
pub use mbr::is_fat;
pub use plan::New;
pub use table::{Entry, Scheme, Table, Type};
pub use uguid::Guid;
pub use window::Partition;

#[cfg(test)]
mod tests;
