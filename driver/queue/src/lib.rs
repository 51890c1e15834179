//! What drivers of devices with queues have in common.
//!
//! A driver knows how its device's queues look in memory: it implements [`disk::Queue`] or
//! [`card::Port`]. This crate makes a `Block` or a `Net` of it: it keeps the buffers that the device
//! works on until it is done with them, and the tasks that wait.
//!
//! Nothing here happens by itself. The machine asks its devices, in its own time: it calls
//! [`Events::notify`] when nothing is left to run, so that a burst costs one notification, and
//! [`Events::deliver`] when something may have happened.
#![no_std]

extern crate alloc;

pub mod card;
pub mod disk;
mod events;
mod waiters;

pub use card::Card;
pub use disk::Disk;
pub use events::Events;
pub use waiters::Waiters;

#[cfg(test)]
mod tests;
