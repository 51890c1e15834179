//! What stands for the devices of a guest.

use std::path::PathBuf;

use sarab_device::Mac;

use crate::mac;

/// The greatest packet of a network that QEMU makes up.
const MTU: usize = 1500;

/// A device as QEMU is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A network card.
    Card {
        /// Where its other end is.
        backend: Backend,
        /// Its address.
        mac: Mac,
        /// The most bytes of a packet.
        mtu: usize,
    },
    /// A disk.
    Disk(Disk),
}

/// Where the other end of a card is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The tap of that name.
    Tap(String),
    /// The network 10.0.N.0/24, where QEMU carries on for the host what the guest, 10.0.N.2, begins.
    User(u8),
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The name that the image has for it.
    pub name: String,
    /// Its file or device.
    pub path: PathBuf,
    /// Which of both it is.
    pub place: Place,
    /// Bytes of a sector.
    pub sector_bytes: u32,
    /// Whether the guest may write to it.
    pub is_writable: bool,
}

/// Where the sectors of a disk are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File,
    /// On a device of the host.
    BlockDevice,
}

impl Device {
    /// Returns the card on the network `index` of those that QEMU makes up.
    #[must_use]
    pub const fn user(index: u8) -> Self {
        Self::Card { backend: Backend::User(index), mac: mac(index), mtu: MTU }
    }

    /// Returns whether it is a card on a network that QEMU makes up.
    #[must_use]
    pub const fn is_user(&self) -> bool {
        matches!(self, Self::Card { backend: Backend::User(_), .. })
    }
}
