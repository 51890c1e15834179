//! Devices on a PCI bus (virtio 1.2 section 4.1).
//!
//! The firmware has given the functions their addresses; nothing here does. The common registers
//! (section 4.1.4.3), in little-endian order:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0, 4 | 4, 4 | which half; 32 of the offered features |
//! | 8, 12 | 4, 4 | which half; 32 of the used features |
//! | 16 | 2 | the message for changes of the configuration, `0xffff` none |
//! | 18 | 2 | count of queues |
//! | 20 | 1 | status |
//! | 21 | 1 | generation of the configuration |
//! | 22 | 2 | the queue that the rest are of |
//! | 24 | 2 | most descriptors; written, the count of descriptors |
//! | 26 | 2 | its message, `0xffff` none |
//! | 28 | 2 | 1: it is ready |
//! | 30 | 2 | the number of its register of notification |
//! | 32 | 8 | address of the descriptors |
//! | 40 | 8 | address of the available ring |
//! | 48 | 8 | address of the used ring |

mod capability;
mod config;
mod error;
mod walk;

use core::cell::Cell;

use capability::{ROW_BYTES, Windows};
pub use config::*;
pub use error::PciError;
use walk::words;
pub use walk::{Found, find};

use super::{Areas, Place, QUEUES_MOST, Registers, Transport, registers::halves};

const OFFERED_HALF: usize = 0;
const OFFERED: usize = 4;
const USED_HALF: usize = 8;
const USED: usize = 12;
const STATUS: usize = 20;
const GENERATION: usize = 21;
const QUEUE: usize = 22;
const QUEUE_SIZE: usize = 24;
const QUEUE_MESSAGE: usize = 26;
const QUEUE_READY: usize = 28;
const QUEUE_NOTIFY: usize = 30;
const DESCRIPTORS: [usize; 2] = [32, 36];
const AVAILABLE_RING: [usize; 2] = [40, 44];
const USED_RING: [usize; 2] = [48, 52];
const COMMON_BYTES: usize = 56;

/// The register of commands (PCI 3.0 section 6.2.2), and the switches of what a device may do.
const COMMAND_AT: u8 = 4;
const READS_MEMORY: u16 = 1 << 1;
const MASTERS_BUS: u16 = 1 << 2;
const HAS_NO_LINE: u16 = 1 << 10;
const LINE_AT: u8 = 60;
/// Messages are on, and none is held back.
const MESSAGES_ON: u16 = 1 << 15;
const MESSAGES_HELD: u16 = 1 << 14;

/// A device on a PCI bus.
#[derive(Debug)]
pub struct Pci {
    function: Function,
    class: u32,
    windows: Windows,
    /// How many messages were set, and so what a queue's may be.
    messages: u16,
    /// Where to notify each queue.
    bells: [Cell<usize>; QUEUES_MOST],
}

/// An interrupt that is a write to memory (PCI 3.0 section 6.8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it is written.
    pub address: u64,
    /// What is.
    pub data: u32,
}

/// An interrupt by a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the firmware says that the line is; 255 nothing.
    pub line: u8,
    /// The pin of the device: 1 to 4 for A to D, 0 none.
    pub pin: u8,
}

impl Pci {
    /// Takes the device that is the function, and lets it reach memory. Touches no register of its own,
    /// so the [`spans`](Pci::spans) may be mapped after this.
    ///
    /// # Safety
    ///
    /// What `config` says of base addresses is so, nobody else uses the device, and its registers are
    /// mapped, one to one, before it is used as a [`Transport`] or given messages.
    pub unsafe fn new(config: &dyn Config, function: Function) -> Result<Self, PciError> {
        let [vendor, device] = words(config.read(function, 0));
        let class = walk::class(vendor, device);
        let class = class.ok_or(PciError::Other { function, vendor, device })?;
        // SAFETY: by the contract of this function.
        let windows = unsafe { capability::read(config, function) }?;
        let is_modern = windows.common.size_bytes() >= COMMON_BYTES
            && windows.notify.size_bytes() >= 2
            && windows.interrupts.size_bytes() >= 1;
        if !is_modern {
            return Err(PciError::Legacy { function });
        }
        command(config, function, READS_MEMORY | MASTERS_BUS);
        Ok(Self { function, class, windows, messages: 0, bells: Default::default() })
    }

    /// Returns where the device has registers: addresses and bytes.
    pub fn spans(&self) -> impl Iterator<Item = (usize, usize)> {
        let Windows { common, notify, interrupts, config, ref messages, .. } = self.windows;
        let table = messages.map_or(Registers::NONE, |messages| messages.table);
        let all = [common, notify, interrupts, config, table];
        let spans = all.map(|registers| (registers.start(), registers.size_bytes()));
        spans.into_iter().filter(|(_, size_bytes)| *size_bytes > 0)
    }

    /// Returns how many messages the device can have, 0 if it interrupts by its line only.
    #[must_use]
    pub fn message_count(&self) -> usize {
        let messages = self.windows.messages.as_ref();
        messages.map_or(0, |messages| messages.table.size_bytes() / ROW_BYTES)
    }

    /// Returns the line that it interrupts by, while it has no messages.
    #[must_use]
    pub fn line(&self, config: &dyn Config) -> Line {
        let [line, pin, ..] = config.read(self.function, LINE_AT).to_le_bytes();
        Line { line, pin }
    }

    /// Makes the device interrupt by messages: the queue of number `n` by the one of that number, or the
    /// last. Those that the device has no room for are passed over. To be called before it is opened.
    pub fn set_messages(&mut self, config: &dyn Config, messages: &[Message]) {
        let Some(capability) = self.windows.messages else { return };
        let count = messages.len().min(self.message_count());
        for (row, message) in messages.iter().take(count).enumerate() {
            let at = row * ROW_BYTES;
            capability.table.write_halves([at, at + 4], message.address);
            capability.table.write(at + 8, message.data);
            capability.table.write(at + 12, 0_u32);
        }
        self.messages = u16::try_from(count).unwrap_or(u16::MAX);
        if count > 0 {
            let [head, control] = words(config.read(self.function, capability.at));
            let control = control & !MESSAGES_HELD | MESSAGES_ON;
            let value = u32::from(control) << 16 | u32::from(head);
            config.write(self.function, capability.at, value);
            command(config, self.function, HAS_NO_LINE);
        }
    }

    /// Sets the message of the queue that is chosen; tells whether the device has taken it.
    fn set_message(&self, queue: u16) -> bool {
        let Some(last) = self.messages.checked_sub(1) else { return true };
        let message = queue.min(last);
        self.windows.common.write(QUEUE_MESSAGE, message);
        self.windows.common.read::<u16>(QUEUE_MESSAGE) == message
    }

    /// Finds where to notify the queue that is chosen.
    fn set_bell(&self, queue: u16) -> bool {
        let number = usize::from(self.windows.common.read::<u16>(QUEUE_NOTIFY));
        let at = number.checked_mul(self.windows.notify_step_bytes);
        let at = at.filter(|at| at.saturating_add(2) <= self.windows.notify.size_bytes());
        let (Some(bell), Some(at)) = (self.bells.get(usize::from(queue)), at) else {
            return false;
        };
        bell.set(at);
        true
    }
}

/// Switches on what `switches` say.
fn command(config: &dyn Config, function: Function, switches: u16) {
    // Ones in the upper half would delete what has happened on the bus.
    let [seen, _] = words(config.read(function, COMMAND_AT));
    if seen & switches != switches {
        config.write(function, COMMAND_AT, u32::from(seen | switches));
    }
}

impl Transport for Pci {
    fn place(&self) -> Place {
        Place::Pci(self.function)
    }

    fn class(&self) -> u32 {
        self.class
    }

    fn features(&self) -> u64 {
        let half = |number: u32| {
            self.windows.common.write(OFFERED_HALF, number);
            u64::from(self.windows.common.read::<u32>(OFFERED))
        };
        half(0) | half(1) << 32
    }

    fn set_features(&self, features: u64) {
        for (number, half) in (0_u32..).zip(halves(features)) {
            self.windows.common.write(USED_HALF, number);
            self.windows.common.write(USED, half);
        }
    }

    fn status(&self) -> u8 {
        self.windows.common.read(STATUS)
    }

    fn set_status(&self, status: u8) {
        self.windows.common.write(STATUS, status);
    }

    fn queue_size_max(&self, queue: u16) -> u16 {
        self.windows.common.write(QUEUE, queue);
        self.windows.common.read(QUEUE_SIZE)
    }

    fn enable_queue(&self, queue: u16, areas: Areas) -> bool {
        let common = self.windows.common;
        common.write(QUEUE, queue);
        if !self.set_message(queue) || !self.set_bell(queue) {
            return false;
        }
        common.write(QUEUE_SIZE, areas.size);
        common.write_halves(DESCRIPTORS, areas.descriptors);
        common.write_halves(AVAILABLE_RING, areas.available);
        common.write_halves(USED_RING, areas.used);
        common.write(QUEUE_READY, 1_u16);
        true
    }

    #[inline]
    fn notify(&self, queue: u16) {
        if let Some(bell) = self.bells.get(usize::from(queue)) {
            self.windows.notify.write(bell.get(), queue);
        }
    }

    fn config_8(&self, at: usize) -> u8 {
        self.windows.config.read(at)
    }

    fn config_16(&self, at: usize) -> u16 {
        self.windows.config.read(at)
    }

    fn config_32(&self, at: usize) -> u32 {
        self.windows.config.read(at)
    }

    fn generation(&self) -> u32 {
        u32::from(self.windows.common.read::<u8>(GENERATION))
    }

    fn acknowledge(&self) -> u8 {
        self.windows.interrupts.read(0)
    }
}
