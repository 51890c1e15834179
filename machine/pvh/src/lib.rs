//! A PC that boots by PVH, before anything is known of its devices.
//!
//! It is the base of the targets `virtio` and `xen` (`machine/PVH.md` says how such an image is started):
//! from the entry point to a machine with protected memory, a heap, reports of faults, interrupts,
//! time, and a seed.
//!
//! - Memory is mapped one to one, so the address of a buffer is what a device is told. Code can be
//!   executed and not written, constants be read, everything else not be executed; the page at 0 and
//!   those below the stacks are not there.
//! - There is one core. Interrupts are let in nowhere but in [`interrupt::wait`], and their handlers
//!   acknowledge them and nothing more. So no code has to think of them.
//! - A fault ends the machine with a report (`sarab_abi::crash`).
#![no_std]

extern crate alloc;

pub mod apic;
pub mod clock;
mod cpuid;
mod descriptor;
pub mod entropy;
mod entry;
pub mod fault;
pub mod interrupt;
mod linked;
pub mod memory;
pub mod page;
pub mod port;
mod register;
pub mod serial;
pub mod start;
pub mod words;

#[doc(hidden)]
pub use entry::{STACK, STACK_BYTES};
#[doc(hidden)]
pub use sarab_bare as bare;
pub use start::{Booted, start};
