//! Why a PCI function cannot be driven.

use core::fmt;

use super::Function;

/// Why a PCI function cannot be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PciError {
    /// It is no virtio device.
    Other {
        /// The function.
        function: Function,
        /// Its vendor.
        vendor: u16,
        /// What the vendor calls it.
        device: u16,
    },
    /// It has no registers of virtio 1.0 and later.
    Legacy {
        /// The function.
        function: Function,
    },
    /// A base address register holds no address in memory that can be.
    Base {
        /// The function.
        function: Function,
        /// The register.
        base: u8,
    },
}

impl fmt::Display for PciError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { function, vendor, device } => {
                write!(f, "PCI {function} is {vendor:04x}:{device:04x}, no virtio device")
            }
            Self::Legacy { function } => write!(
                f,
                "PCI {function} is older than virtio 1.0; on QEMU say `disable-legacy=on` with the \
                 device, and not `disable-modern=on`"
            ),
            Self::Base { function, base } => write!(
                f,
                "PCI {function} has no address in base address register {base}; the firmware has to \
                 give it one"
            ),
        }
    }
}

impl core::error::Error for PciError {}
