//! Commands to a card (virtio 1.2 section 5.1.6.5.6): what it may do with frames that it has received.
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | 5, the class of this command |
//! | 1 | 1 | 0, the command |
//! | 8 | 8 | the features of section 5.1.3 that are on |
//! | 16 | 1 | written by the card: 0 it is done |
//!
//! The card is given these as buffers of 2, 8 and 1 bytes.

use core::cell::Cell;

use sarab_queue::card::Form;

use super::config;
use crate::{
    OpenError,
    device::Device,
    error::RingError,
    ring::{Part, Ring, Shape},
};

/// The number of the queue, where a card has one pair of others.
const QUEUE: u16 = 2;

const COMMAND: [u8; 2] = [5, 0];
const DATA_AT: usize = 8;
const ANSWER_AT: usize = 16;
const SCRATCH_BYTES: usize = 24;
const DONE: u8 = 0;
/// An answer that no card gives.
const OPEN: u8 = 0xff;

/// The queue for commands.
pub(super) struct Control {
    ring: Ring<()>,
    /// All that the card may do.
    offloads: u64,
    /// In which form frames come now.
    form: Cell<Form>,
}

impl Control {
    /// Makes the queue, if commands were agreed on; at first the card does all that was.
    pub(super) fn open(device: &Device) -> Result<Option<Self>, OpenError> {
        if !device.has(config::COMMANDS) || !config::joins(device) {
            return Ok(None);
        }
        let shape = Shape { slots_most: 1, parts_most: 3, scratch_bytes: SCRATCH_BYTES };
        let ring = Ring::open(device, QUEUE, shape)?;
        let offloads = config::receive_offloads(device);
        Ok(Some(Self { ring, offloads, form: Cell::new(Form::Packets) }))
    }

    /// Makes frames come in `form` from now on; waits for the card, busily and not for ever.
    #[inline]
    pub(super) fn receive(&self, device: &Device, form: Form) {
        if self.form.replace(form) != form {
            self.command(device, form);
        }
    }

    #[cold]
    fn command(&self, device: &Device, form: Form) {
        let offloads = match form {
            Form::Packets => self.offloads,
            Form::Frames => config::without_joining(self.offloads),
        };
        let scratch = self.ring.scratch();
        // SAFETY: the ring has one slot, which is not lent, since a card that did not answer was given up.
        unsafe { write(scratch, offloads) };
        let parts = [
            Part::read(scratch, 2),
            Part::read(scratch + DATA_AT, 8),
            Part::written(scratch + ANSWER_AT, 1),
        ];
        // SAFETY: there is room, and the scratch bytes are the slot's own.
        unsafe { self.ring.lend((), parts.into_iter()) };
        self.ring.notify(device);
        let used = device.wait(|| match self.ring.next(device) {
            Some(used) => Some(Some(used)),
            None => (!device.is_running()).then_some(None),
        });
        match used {
            None => device.give_up(RingError::Silent),
            // SAFETY: the slot is not lent, so the device does not write to it.
            Some(Some(used)) if unsafe { answer(used.scratch) } != DONE => {
                log::warn!("a network card does not change what it does with received frames");
            }
            Some(_) => {}
        }
    }
}

/// # Safety
///
/// Scratch bytes of a command are there, and nobody else has them.
unsafe fn write(scratch: usize, offloads: u64) {
    let words = core::ptr::with_exposed_provenance_mut::<u64>(scratch);
    // SAFETY: by the contract of this function. Scratch bytes are aligned to 8.
    unsafe { words.cast::<[u8; 2]>().write(COMMAND) };
    // SAFETY: as above.
    unsafe { words.byte_add(DATA_AT).write(offloads) };
    // SAFETY: as above.
    unsafe { words.byte_add(ANSWER_AT).cast::<u8>().write(OPEN) };
}

/// # Safety
///
/// Scratch bytes of a command are there, and the device does not write to them.
unsafe fn answer(scratch: usize) -> u8 {
    // SAFETY: by the contract of this function.
    unsafe { core::ptr::with_exposed_provenance::<u8>(scratch + ANSWER_AT).read_volatile() }
}
