//! How a driver reaches its device.

pub mod mmio;
pub mod pci;
mod registers;

use core::fmt;

pub(crate) use registers::Registers;

/// Queues that a device has here at most.
const QUEUES_MOST: usize = 4;

/// How often a device that is being reset is asked whether it was.
const RESET_LOOKS_MOST: u32 = 100_000;

/// What a transport of virtio does (virtio 1.2 chapter 4), for one device.
///
/// Nothing here waits, but for [`reset`](Transport::reset).
pub trait Transport {
    /// Returns where the device is.
    fn place(&self) -> Place;

    /// Returns the number of the kind of device (chapter 5).
    fn class(&self) -> u32;

    /// Returns the features that the device offers.
    fn features(&self) -> u64;

    /// Says which of them are used.
    fn set_features(&self, features: u64);

    /// Returns the status (section 2.1).
    fn status(&self) -> u8;

    /// Sets the status; 0 asks for a reset.
    fn set_status(&self, status: u8);

    /// Returns the most descriptors of a queue, 0 where there is no such queue.
    fn queue_size_max(&self, queue: u16) -> u16;

    /// Says where a queue lies, and switches it on. Tells whether the device has taken that.
    fn enable_queue(&self, queue: u16, areas: Areas) -> bool;

    /// Tells the device that something was submitted to the queue.
    fn notify(&self, queue: u16);

    /// Returns a byte of the device's configuration; 0 outside of it.
    fn config_8(&self, at: usize) -> u8;

    /// Returns two bytes of the device's configuration, at an even place; 0 outside of it.
    fn config_16(&self, at: usize) -> u16;

    /// Returns four bytes of the device's configuration, at a multiple of four; 0 outside of it.
    fn config_32(&self, at: usize) -> u32;

    /// Returns a number that changes whenever the configuration does.
    fn generation(&self) -> u32;

    /// Returns why the device has interrupted, and takes the interrupt back: 1 a queue was used, 2 the
    /// configuration has changed. Not for interrupts that are messages.
    fn acknowledge(&self) -> u8;

    /// Stops the device, whatever it was doing, so that it touches no memory any more; tells whether it
    /// says that it has stopped. Waits for that, but not for ever.
    fn reset(&self) -> bool {
        self.set_status(0);
        (0..RESET_LOOKS_MOST).any(|_| self.status() == 0)
    }
}

/// Where a queue lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// Count of descriptors, a power of two.
    pub size: u16,
    /// The address of the descriptors.
    pub descriptors: u64,
    /// The address of the available ring.
    pub available: u64,
    /// The address of the used ring.
    pub used: u64,
}

/// The kinds of device that there are drivers for (virtio 1.2 chapter 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Class {
    /// A network card.
    Card = 1,
    /// A disk.
    Disk = 2,
    /// A console.
    Console = 3,
    /// A source of entropy.
    Entropy = 4,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Card => "network card",
            Self::Disk => "disk",
            Self::Console => "console",
            Self::Entropy => "source of entropy",
        })
    }
}

/// Where a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Registers at that address.
    Mmio(usize),
    /// A function of the PCI bus.
    Pci(pci::Function),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mmio(address) => write!(f, "{address:#x}"),
            Self::Pci(function) => write!(f, "PCI {function}"),
        }
    }
}
