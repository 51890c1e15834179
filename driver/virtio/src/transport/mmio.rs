//! Devices behind registers in memory (virtio 1.2 section 4.2, version 2).
//!
//! All registers are 4 bytes long and in little-endian order, but for those of the configuration.
//!
//! | byte | holds |
//! | --- | --- |
//! | 0x000 | `0x74726976` |
//! | 0x004 | the version of this table, 2; 1 is that of before virtio 1.0 |
//! | 0x008 | the kind of device, 0 where there is none |
//! | 0x010, 0x014 | 32 of the offered features; which half |
//! | 0x020, 0x024 | 32 of the used features; which half |
//! | 0x030 | the queue that the next six are of |
//! | 0x034, 0x038 | most descriptors; count of descriptors |
//! | 0x044 | 1: the queue is ready |
//! | 0x080, 0x084 | address of the descriptors: lower half, upper half |
//! | 0x090, 0x094 | address of the available ring |
//! | 0x0a0, 0x0a4 | address of the used ring |
//! | 0x050 | a number of a queue, in which something was submitted |
//! | 0x060, 0x064 | why it interrupts; of that, what was seen |
//! | 0x070 | status |
//! | 0x0fc | generation of the configuration |
//! | 0x100 | configuration, by the kind of device |

use core::fmt;

use super::{Areas, Place, Registers, Transport};

const MAGIC: usize = 0x000;
const VERSION: usize = 0x004;
const CLASS: usize = 0x008;
const OFFERED: usize = 0x010;
const OFFERED_HALF: usize = 0x014;
const USED: usize = 0x020;
const USED_HALF: usize = 0x024;
const QUEUE: usize = 0x030;
const QUEUE_SIZE_MAX: usize = 0x034;
const QUEUE_SIZE: usize = 0x038;
const QUEUE_READY: usize = 0x044;
const NOTIFY: usize = 0x050;
const INTERRUPTS: usize = 0x060;
const INTERRUPTS_SEEN: usize = 0x064;
const STATUS: usize = 0x070;
const DESCRIPTORS: [usize; 2] = [0x080, 0x084];
const AVAILABLE_RING: [usize; 2] = [0x090, 0x094];
const USED_RING: [usize; 2] = [0x0a0, 0x0a4];
const GENERATION: usize = 0x0fc;
const CONFIG: usize = 0x100;

/// "virt".
const MAGIC_NUMBER: u32 = 0x7472_6976;

/// A device behind registers in memory.
#[derive(Debug)]
pub struct Mmio {
    registers: Registers,
}

impl Mmio {
    /// Takes the device whose registers are at `address`, `size_bytes` of them.
    ///
    /// # Safety
    ///
    /// Registers are there and mapped, for as long as this is there, and nobody else uses them.
    pub unsafe fn new(address: usize, size_bytes: usize) -> Result<Self, MmioError> {
        // SAFETY: by the contract of this function.
        let registers = unsafe { Registers::new(address, size_bytes) };
        let magic = registers.read(MAGIC);
        if magic != MAGIC_NUMBER {
            return Err(MmioError::Magic { address, magic });
        }
        match (registers.read(VERSION), registers.read::<u32>(CLASS)) {
            (_, 0) => Err(MmioError::Empty { address }),
            (2, _) => Ok(Self { registers }),
            (version, _) => Err(MmioError::Version { address, version }),
        }
    }
}

impl Transport for Mmio {
    fn place(&self) -> Place {
        Place::Mmio(self.registers.start())
    }

    fn class(&self) -> u32 {
        self.registers.read(CLASS)
    }

    fn features(&self) -> u64 {
        let half = |number: u32| {
            self.registers.write(OFFERED_HALF, number);
            u64::from(self.registers.read::<u32>(OFFERED))
        };
        half(0) | half(1) << 32
    }

    fn set_features(&self, features: u64) {
        for (number, half) in (0_u32..).zip(super::registers::halves(features)) {
            self.registers.write(USED_HALF, number);
            self.registers.write(USED, half);
        }
    }

    fn status(&self) -> u8 {
        self.registers.read::<u32>(STATUS).to_le_bytes()[0]
    }

    fn set_status(&self, status: u8) {
        self.registers.write(STATUS, u32::from(status));
    }

    fn queue_size_max(&self, queue: u16) -> u16 {
        self.registers.write(QUEUE, u32::from(queue));
        let size = self.registers.read::<u32>(QUEUE_SIZE_MAX);
        u16::try_from(size).unwrap_or(u16::MAX)
    }

    fn enable_queue(&self, queue: u16, areas: Areas) -> bool {
        self.registers.write(QUEUE, u32::from(queue));
        self.registers.write(QUEUE_SIZE, u32::from(areas.size));
        self.registers.write_halves(DESCRIPTORS, areas.descriptors);
        self.registers.write_halves(AVAILABLE_RING, areas.available);
        self.registers.write_halves(USED_RING, areas.used);
        self.registers.write(QUEUE_READY, 1_u32);
        true
    }

    #[inline]
    fn notify(&self, queue: u16) {
        self.registers.write(NOTIFY, u32::from(queue));
    }

    fn config_8(&self, at: usize) -> u8 {
        self.registers.read(CONFIG.saturating_add(at))
    }

    fn config_16(&self, at: usize) -> u16 {
        self.registers.read(CONFIG.saturating_add(at))
    }

    fn config_32(&self, at: usize) -> u32 {
        self.registers.read(CONFIG.saturating_add(at))
    }

    fn generation(&self) -> u32 {
        self.registers.read(GENERATION)
    }

    fn acknowledge(&self) -> u8 {
        let reasons = self.registers.read::<u32>(INTERRUPTS);
        if reasons != 0 {
            self.registers.write(INTERRUPTS_SEEN, reasons);
        }
        reasons.to_le_bytes()[0]
    }
}

/// Why there is no device at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MmioError {
    /// There are no such registers.
    Magic {
        /// Where.
        address: usize,
        /// What the first holds.
        magic: u32,
    },
    /// They are of another version.
    Version {
        /// Where.
        address: usize,
        /// The version.
        version: u32,
    },
    /// No device has the place.
    Empty {
        /// Where.
        address: usize,
    },
}

impl fmt::Display for MmioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic { address, magic } => {
                write!(f, "no virtio device at {address:#x}: it begins with {magic:#010x}")
            }
            Self::Version { address, version } => write!(
                f,
                "the virtio device at {address:#x} is of version {version}, not 2; on QEMU say \
                 `-global virtio-mmio.force-legacy=false`"
            ),
            Self::Empty { address } => write!(f, "no device has the virtio place {address:#x}"),
        }
    }
}

impl core::error::Error for MmioError {}
