//! Drivers of a guest of Xen that is started by its PVH entry.
//!
//! **What the machine grants them.** The guest's memory is mapped one to one: the address of a byte is where the
//! hypervisor sees it, too, so a page's frame is its address divided by 4096. There is one core, and no handler of
//! interrupts touches what is here. The machine maps the pages of the store and the console, which lie above the
//! memory, and hands windows on them in.
//!
//! **In this order.** [`hypercall::Xen`] finds the hypervisor; [`Domain::start`] sets up time, events and grants;
//! [`Console`] and [`Store`] open what the parameters of the guest name; [`bus::handles`] lists devices.
//!
//! **Waiting.** The machine calls `deliver` of the store and of all devices, and if none had something and nothing is
//! left to run, [`Channels::take_pending`], `deliver` once more, and [`Channels::poll`].
//!
//! **Trust.** What other domains write is checked, and costs the device at worst: no answer makes these drivers
//! panic, or give back memory that is still in use. But a page is granted as a whole: who serves a disk or a network
//! can read or write what else lies in the page of a buffer. That is the domain that started the guest, most often,
//! and it can do so in any case.
#![no_std]

extern crate alloc;

pub mod block;
pub mod bus;
mod channel;
pub mod console;
mod domain;
pub mod grant;
pub mod hypercall;
pub mod memory;
pub mod net;
mod ring;
mod shared;
pub mod shutdown;
pub mod store;

pub use channel::{Channel, Channels};
pub use console::Console;
pub use domain::Domain;
pub use store::Store;

#[cfg(test)]
mod tests;
