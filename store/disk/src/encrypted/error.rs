//! What goes wrong with encrypted disks.

use core::fmt;

use sarab_device::{Error, ErrorKind};

use super::Cost;

/// Why an encrypted disk cannot be made, opened or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncryptionError<E> {
    /// The disk below failed.
    Device(E),
    /// The header does not let it.
    Header(HeaderFault),
    /// The disk has no room for the header.
    TooSmall {
        /// Its size.
        size_bytes: u64,
    },
    /// Sectors of this size cannot be encrypted.
    Sector {
        /// Bytes in a sector.
        sector_bytes: u32,
    },
    /// It was encrypted on a disk of larger sectors.
    Unit {
        /// Bytes that were encrypted as one.
        unit_bytes: u32,
        /// Bytes in a sector.
        sector_bytes: u32,
    },
}

/// Why a header does not let a disk be opened or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// There is none.
    None,
    /// Its checksum is wrong, in both copies.
    Checksum,
    /// It is of a version that is not known.
    Version {
        /// Which.
        version: u16,
    },
    /// It names a cipher, or a place of the sectors, that is not known.
    Cipher {
        /// The cipher.
        cipher: u16,
    },
    /// It names a unit of encryption that none can be.
    Unit {
        /// Its size.
        unit_bytes: u32,
    },
    /// A key slot is of a sort that is not known.
    Slot,
    /// A passphrase costs more than it may, or less.
    Cost(Cost),
    /// There is not the memory that a passphrase costs.
    NoMemory {
        /// How much.
        memory_kib: u32,
    },
    /// No passphrase of the disk is this one.
    Passphrase,
    /// The disk has as many passphrases as it can.
    Full,
    /// The last passphrase cannot be removed.
    Last,
}

impl<E> From<HeaderFault> for EncryptionError<E> {
    fn from(fault: HeaderFault) -> Self {
        Self::Header(fault)
    }
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("the disk is not encrypted"),
            Self::Checksum => f.write_str("both copies of the header are damaged"),
            Self::Version { version } => {
                write!(f, "the disk is encrypted by version {version} of the format, not 1")
            }
            Self::Cipher { cipher } => write!(f, "the disk is encrypted by cipher {cipher}, not 1"),
            Self::Unit { unit_bytes } => write!(f, "{unit_bytes} bytes cannot be encrypted as one"),
            Self::Slot => f.write_str("a key slot is of a sort that is not known"),
            Self::Cost(Cost { memory_kib, passes }) => {
                write!(f, "a passphrase cannot cost {memory_kib} KiB and {passes} passes")
            }
            Self::NoMemory { memory_kib } => {
                write!(f, "there are no {memory_kib} KiB of memory to try the passphrase with")
            }
            Self::Passphrase => f.write_str("the passphrase does not fit this disk"),
            Self::Full => f.write_str("the disk has 8 passphrases already; remove one"),
            Self::Last => f.write_str("the last passphrase cannot be removed; add another before"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for EncryptionError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(error) => error.fmt(f),
            Self::Header(fault) => fault.fmt(f),
            Self::TooSmall { size_bytes } => {
                write!(f, "{size_bytes} bytes have no room for a header of 65536")
            }
            Self::Sector { sector_bytes } => {
                write!(f, "sectors of {sector_bytes} bytes cannot be encrypted, only up to 32768")
            }
            Self::Unit { unit_bytes, sector_bytes } => write!(
                f,
                "what was encrypted in sectors of {unit_bytes} bytes cannot be opened on a disk of \
                 {sector_bytes}"
            ),
        }
    }
}

impl core::error::Error for HeaderFault {}

impl<E: core::error::Error> core::error::Error for EncryptionError<E> {}

impl<E: Error> Error for EncryptionError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Device(error) => error.kind(),
            Self::Header(fault) => fault.kind(),
            Self::TooSmall { .. } => ErrorKind::NoSpace,
            Self::Sector { .. } | Self::Unit { .. } => ErrorKind::Unsupported,
        }
    }
}

impl HeaderFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::None => ErrorKind::NotFound,
            Self::Checksum | Self::Unit { .. } => ErrorKind::Corrupt,
            Self::Version { .. } | Self::Cipher { .. } | Self::Slot => ErrorKind::Unsupported,
            Self::Passphrase => ErrorKind::Refused,
            Self::NoMemory { .. } | Self::Full => ErrorKind::NoSpace,
            Self::Cost(_) | Self::Last => ErrorKind::InvalidInput,
        }
    }
}
