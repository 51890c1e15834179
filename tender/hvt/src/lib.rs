//! A virtual machine whose guest starts in ring 3 and never leaves it.
//!
//! A [`Cage`] is one KVM machine with one processor. Its guest owns no privileged instruction: it talks
//! to the tender by storing an operation at the [doorbell](GuestMemory::doorbell), and whatever else
//! it does wrong ends as [`Exit::Fault`]. Rings 0 to 2 hold nothing but a stub that says which fault
//! it was.

mod cage;
mod counter;
pub mod debug;
mod error;
mod exit;
mod fault;
mod kick;
pub mod kvm;
mod memory;
mod pages;
mod physical;
mod processor;
mod registers;
mod supervisor;
mod table;

pub use cage::{Cage, Start};
pub use error::Error;
pub use exit::{Access, Exit, Misuse};
pub use fault::{Fault, Vector};
pub use memory::{GuestMemory, LayoutError, Protection, Region};
pub use registers::Registers;
