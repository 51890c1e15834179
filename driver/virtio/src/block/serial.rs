//! The serial number of a disk.

use core::fmt;

use sarab_queue::disk::Outcome;

use super::{
    DiskQueue,
    request::{self, Of, SERIAL_BYTES},
};
use crate::error::RingError;

/// The serial number of a disk, by which the host may call it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Serial([u8; SERIAL_BYTES]);

impl Serial {
    /// Returns its text, up to the first zero; none where that is no UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(SERIAL_BYTES);
        str::from_utf8(self.0.get(..end).unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl DiskQueue {
    /// Asks the disk for its serial number; waits for the answer, busily and not for ever. None if it has
    /// no such thing, or has no room for the question now. One that does not answer is given up.
    #[must_use]
    pub fn serial(&self) -> Option<Serial> {
        if !self.ring.has_room() || !self.device.is_running() {
            return None;
        }
        // SAFETY: there is room.
        let at = unsafe { request::lend_serial(&self.ring) };
        self.ring.notify(&self.device);
        let Some(outcome) = self.device.wait(|| self.next_serial()) else {
            self.device.give_up(RingError::Silent);
            return None;
        };
        let answer = core::ptr::with_exposed_provenance::<[u8; SERIAL_BYTES]>(at);
        // SAFETY: they are in the scratch bytes of the slot, which the device has given back.
        let answer = unsafe { answer.read_volatile() };
        (outcome == Outcome::Done).then_some(Serial(answer))
    }

    /// Returns how the question has ended. What else has ended meanwhile is kept.
    fn next_serial(&self) -> Option<Outcome> {
        let (of, outcome) = self.next_part()?;
        if of == Of::Serial {
            return Some(outcome);
        }
        self.end(of, outcome);
        None
    }
}
