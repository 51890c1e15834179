//! Text for whoever watches.

use core::{cell::Cell, time::Duration};

use sarab_abi::{CONSOLE_ERROR, Ring};
use sarab_bare::OneCore;
use sarab_runtime::Instant;

use super::{
    boot::{address, boot, control},
    clock, doorbell,
};

/// How long a text may wait for the next ring of the doorbell: nobody notices, and a guest that says much
/// rings seldom.
const PATIENCE: Duration = Duration::from_millis(1);

/// Bytes before a text.
const HEAD_BYTES: usize = 4;

/// When the console was last taken.
// SAFETY: a tender starts a guest on one core, and the guest has no interrupts.
static TAKEN: OneCore<Cell<Option<Instant>>> = unsafe { OneCore::new(Cell::new(None)) };

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// To the standard output.
    Output,
    /// To the standard error.
    Error,
}

/// Leaves `text` in the buffer, from where the tender takes it at the next ring; rings itself where there is
/// no room, or where the last ring is some time ago, so that what is said before a long computation, or
/// an endless one, is seen.
pub(crate) fn print(stream: Stream, text: &str) {
    let room = address(boot().console_bytes).saturating_sub(HEAD_BYTES).max(1);
    for part in text.as_bytes().chunks(room) {
        if !try_put(stream, part) {
            doorbell::ring(Ring::Serve);
            try_put(stream, part);
        }
    }
    let now = clock::now();
    let is_due = |taken: Instant| now.since_boot().saturating_sub(taken.since_boot()) > PATIENCE;
    if TAKEN.get().get().is_none_or(is_due) {
        doorbell::ring(Ring::Serve);
        taken(now);
    }
}

/// Notes that the doorbell was rung.
pub(crate) fn taken(now: Instant) {
    TAKEN.get().set(Some(now));
}

/// Appends a text; tells whether there was room.
fn try_put(stream: Stream, text: &[u8]) -> bool {
    let boot = boot();
    // SAFETY: the field is in the control block, which nobody else reaches now.
    let used = unsafe { &raw mut (*control()).console_bytes };
    // SAFETY: as above.
    let start = unsafe { used.read_volatile() } as usize;
    let end = start + HEAD_BYTES + text.len();
    let (Ok(end_word), Ok(size)) = (u32::try_from(end), u32::try_from(text.len())) else {
        return false;
    };
    if end > address(boot.console_bytes) {
        return false;
    }
    let mark = if stream == Stream::Error { CONSOLE_ERROR } else { 0 };
    let head = (size | mark).to_le_bytes();
    let buffer: *mut u8 = core::ptr::with_exposed_provenance_mut(address(boot.console));
    // SAFETY: the buffer has room for head and text, as was checked; nobody else reaches it now.
    unsafe {
        buffer.add(start).copy_from_nonoverlapping(head.as_ptr(), HEAD_BYTES);
        buffer.add(start + HEAD_BYTES).copy_from_nonoverlapping(text.as_ptr(), text.len());
        used.write_volatile(end_word);
    }
    true
}
