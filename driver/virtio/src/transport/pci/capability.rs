//! What a PCI function says of its registers.
//!
//! Capabilities are a list in the configuration of a function (PCI 3.0 section 6.7); byte 52 holds where
//! it begins. One of virtio (virtio 1.2 section 4.1.4):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | 9 |
//! | 1 | 1 | where the next is, 0 none |
//! | 2 | 1 | its bytes |
//! | 3 | 1 | of what it tells: 1 common, 2 notification, 3 interrupt status, 4 configuration |
//! | 4 | 1 | the base address register |
//! | 8 | 4 | from there on, the first byte |
//! | 12 | 4 | bytes |
//! | 16 | 4 | of notification: bytes from one queue's to the next one's |
//!
//! That of interrupts as messages, MSI-X (PCI 3.0 section 6.8.2):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | 17 |
//! | 1 | 1 | where the next is |
//! | 2 | 2 | rows of the table but one; 0x8000 if they are on |
//! | 4 | 4 | where the table is: in the lower three bits the base address register, the rest from there on |

use super::{
    PciError,
    config::{Config, Function},
    walk::words,
};
use crate::transport::Registers;

const STATUS_AT: u8 = 4;
const HAS_LIST: u16 = 1 << 4;
const LIST_AT: u8 = 52;
/// A list has room for no more of them.
const MOST: usize = 48;
const VIRTIO: u8 = 9;
const MESSAGES: u8 = 17;

const BASES_AT: u8 = 16;
const BASES: u8 = 6;
const IS_PORT: u32 = 1;
const IS_LONG: u32 = 0b100;
const FLAGS: u32 = 0b1111;

/// Bytes of a row in the table of messages.
pub(super) const ROW_BYTES: usize = 16;

/// Where a device has its registers.
#[derive(Debug)]
pub(super) struct Windows {
    pub(super) common: Registers,
    pub(super) notify: Registers,
    /// Bytes from one queue's register to the next one's.
    pub(super) notify_step_bytes: usize,
    pub(super) interrupts: Registers,
    pub(super) config: Registers,
    pub(super) messages: Option<Messages>,
}

/// The capability of interrupts that are messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Messages {
    /// Where the capability is.
    pub(super) at: u8,
    pub(super) table: Registers,
}

/// Reads capabilities of one function.
struct Reader<'a> {
    config: &'a dyn Config,
    function: Function,
    /// The base address that was read last, and of which register.
    base: Option<(u8, usize)>,
    windows: Windows,
}

/// Reads where the device has its registers.
///
/// # Safety
///
/// What `config` says of it is so, and is mapped when it is accessed.
pub(super) unsafe fn read(config: &dyn Config, function: Function) -> Result<Windows, PciError> {
    let none = Registers::NONE;
    let windows = Windows {
        common: none,
        notify: none,
        notify_step_bytes: 0,
        interrupts: none,
        config: none,
        messages: None,
    };
    let mut reader = Reader { config, function, base: None, windows };
    for (at, [id, _, _, of]) in list(config, function) {
        match id {
            // SAFETY: by the contract of this function.
            VIRTIO => unsafe { reader.virtio(at, of) }?,
            // SAFETY: by the contract of this function.
            MESSAGES => unsafe { reader.messages(at) },
            _ => {}
        }
    }
    Ok(reader.windows)
}

/// Returns the capabilities: where each is, and its first four bytes.
fn list(config: &dyn Config, function: Function) -> impl Iterator<Item = (u8, [u8; 4])> {
    let [_, status] = words(config.read(function, STATUS_AT));
    let first = match status & HAS_LIST {
        0 => 0,
        _ => config.read(function, LIST_AT).to_le_bytes()[0],
    };
    let mut next = first & !3;
    let each = move || {
        let at = (next != 0).then_some(next)?;
        let head = config.read(function, at).to_le_bytes();
        next = head[1] & !3;
        Some((at, head))
    };
    core::iter::from_fn(each).take(MOST)
}

impl Reader<'_> {
    fn read(&self, at: u8, offset: u8) -> u32 {
        self.config.read(self.function, at.saturating_add(offset))
    }

    /// # Safety
    ///
    /// As for [`read`].
    unsafe fn virtio(&mut self, at: u8, of: u8) -> Result<(), PciError> {
        let window = match of {
            1 => &self.windows.common,
            2 => &self.windows.notify,
            3 => &self.windows.interrupts,
            4 => &self.windows.config,
            _ => return Ok(()),
        };
        let [base, ..] = self.read(at, 4).to_le_bytes();
        // The first of a kind is the one that the device likes best; later ones are other ways there.
        if window.size_bytes() > 0 || base >= BASES {
            return Ok(());
        }
        let (offset, size_bytes) = (self.read(at, 8), self.read(at, 12));
        // SAFETY: by the contract of this function.
        let window = unsafe { self.window(base, offset, size_bytes as usize) }?;
        match of {
            1 => self.windows.common = window,
            2 => {
                self.windows.notify = window;
                self.windows.notify_step_bytes = self.read(at, 16) as usize;
            }
            3 => self.windows.interrupts = window,
            _ => self.windows.config = window,
        }
        Ok(())
    }

    /// Takes messages if their table is where it can be; without, there is still the line.
    ///
    /// # Safety
    ///
    /// As for [`read`].
    unsafe fn messages(&mut self, at: u8) {
        let [_, control] = words(self.read(at, 0));
        let [base, ..] = self.read(at, 4).to_le_bytes();
        let offset = self.read(at, 4) & !7;
        let rows = usize::from(control & 0x7ff) + 1;
        // SAFETY: by the contract of this function.
        let table = unsafe { self.window(base & 7, offset, rows * ROW_BYTES) };
        self.windows.messages = table.ok().map(|table| Messages { at, table });
    }

    /// # Safety
    ///
    /// As for [`read`].
    unsafe fn window(
        &mut self,
        base: u8,
        offset: u32,
        size_bytes: usize,
    ) -> Result<Registers, PciError> {
        let start = self.base(base)?.checked_add(offset as usize);
        let start = start.filter(|start| start.checked_add(size_bytes).is_some());
        let start = start.ok_or(PciError::Base { function: self.function, base })?;
        // SAFETY: by the contract of this function.
        Ok(unsafe { Registers::new(start, size_bytes) })
    }

    /// Returns the address in a base address register (PCI 3.0 section 6.2.5.1).
    fn base(&mut self, base: u8) -> Result<usize, PciError> {
        if let Some((_, address)) = self.base.filter(|(seen, _)| *seen == base) {
            return Ok(address);
        }
        let error = PciError::Base { function: self.function, base };
        if base >= BASES {
            return Err(error);
        }
        let low = self.read(BASES_AT, base * 4);
        let high = match low & IS_LONG {
            0 => 0,
            _ if base + 1 < BASES => self.read(BASES_AT, base * 4 + 4),
            _ => return Err(error),
        };
        let address = u64::from(high) << 32 | u64::from(low & !FLAGS);
        let address = usize::try_from(address).ok().filter(|address| *address != 0);
        let address = address.filter(|_| low & IS_PORT == 0).ok_or(error)?;
        self.base = Some((base, address));
        Ok(address)
    }
}
