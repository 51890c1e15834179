//! Text for whoever watches.

use core::{cell::Cell, time::Duration};

use sarab_abi::{CONSOLE_ERROR, Ring};
use sarab_runtime::Instant;

use super::{
    boot::{address, boot, control},
    clock, doorbell,
    one_core::OneCore,
};

/// How long a text may wait for the next ring of the doorbell if more texts follow.
const PATIENCE: Duration = Duration::from_millis(5);

/// Bytes before a text.
const HEAD_BYTES: usize = 4;

/// When the console was last taken, as far as this module knows.
static TAKEN: OneCore<Cell<Instant>> = OneCore::new(Cell::new(Instant::BOOT));

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// To the standard output.
    Output,
    /// To the standard error.
    Error,
}

/// Leaves `text` in the buffer, from where the tender takes it at the next ring; rings where there is no
/// room, or where the last ring is some time ago.
pub(crate) fn print(stream: Stream, text: &str) {
    let room = address(boot().console_bytes).saturating_sub(HEAD_BYTES).max(1);
    for part in text.as_bytes().chunks(room) {
        if !try_put(stream, part) {
            doorbell::ring(Ring::Serve);
            try_put(stream, part);
        }
    }
    let now = clock::now();
    if now.since_boot().saturating_sub(TAKEN.get().get().since_boot()) > PATIENCE {
        doorbell::ring(Ring::Serve);
        TAKEN.get().set(now);
    }
}

/// Notes that the doorbell was rung.
pub(crate) fn taken(now: Instant) {
    TAKEN.get().set(now);
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
