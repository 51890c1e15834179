//! Drivers of virtio devices (virtio 1.2, OASIS): network cards, disks, consoles, entropy.
//!
//! Only modern devices are driven, those with `VIRTIO_F_VERSION_1`. A device is reached by a
//! [`Transport`]: [`transport::mmio::Mmio`] or [`transport::pci::Pci`].
//!
//! **Memory is mapped one to one.** A device is given the addresses of pointers, so what this program
//! calls an address must be what the device calls it. And a device writes to what it was lent only;
//! none is held to that here, as it takes an IOMMU to do so. This is the contract of every `open`.
//!
//! **A device is believed nothing else.** What it says of its rings is checked against what it was
//! lent. One that says what cannot be is reset, which is logged; then its requests fail, and its
//! frames are lost.
//!
//! **Nothing is written to after the end.** Dropping a driver resets its device, and
//! [`Transport::reset`] does so for a machine that ends without dropping.
//!
//! A machine opens its devices, asks them for events, and gives what comes of them to the program:
//!
//! ```no_run
//! use std::rc::Rc;
//!
//! use sarab_queue::Events;
//! use sarab_virtio::{
//!     block::DiskQueue,
//!     net::{CardPort, RECEIVE_BYTES},
//!     transport::pci::{Message, Pci, Ports, find},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // SAFETY: nobody else uses these ports.
//! let ports = unsafe { Ports::new() };
//! let mut devices: Vec<Rc<dyn Events>> = Vec::new();
//! for found in find(&ports) {
//!     // SAFETY: the firmware has set the device up, and nobody else uses it.
//!     let mut device = unsafe { Pci::new(&ports, found.function) }?;
//!     // One message for all queues; without it, the device interrupts by its line.
//!     device.set_messages(&ports, &[Message { address: 0xfee0_0000, data: 0x40 }]);
//!     match found.class {
//!         1 => {
//!             // SAFETY: memory is mapped one to one.
//!             let port = unsafe { CardPort::open(Rc::new(device), RECEIVE_BYTES) }?;
//!             let (_card, frames) = port.into_card();
//!             devices.push(frames);
//!         }
//!         2 => {
//!             // SAFETY: memory is mapped one to one.
//!             let queue = unsafe { DiskQueue::open(Rc::new(device)) }?;
//!             let (_disk, requests) = queue.into_disk("data");
//!             devices.push(requests);
//!         }
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
#![no_std]

#[cfg(target_endian = "big")]
compile_error!("virtio is little-endian, and so must the processor be");

extern crate alloc;

pub mod block;
pub mod console;
mod device;
pub mod entropy;
mod error;
mod feature;
pub mod net;
mod ring;
pub mod transport;

pub use error::{Fault, OpenError};
pub use transport::{Class, Place, Transport};
