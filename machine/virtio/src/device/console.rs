//! Text for whoever watches, and what is typed (`machine/PVH.md`, "Console").

use core::cell::Cell;

use sarab_bare::OneCore;
use sarab_pvh::{port, serial};

/// The port of QEMU's debug console, which reads as its own number.
const DEBUG: u16 = 0xe9;
/// What asks the program to end: Ctrl-C.
const END_OF_TEXT: u8 = 3;

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static HAS_DEBUG: OneCore<Cell<bool>> = unsafe { OneCore::new(Cell::new(false)) };

/// Looks for the place of errors.
pub(crate) fn find() {
    HAS_DEBUG.get().set(u16::from(port::read8(DEBUG)) == DEBUG);
}

/// Prints what the program says.
pub(crate) fn print(text: &str) {
    serial::print(text);
}

/// Prints what is said of the program.
pub(crate) fn print_error(text: &str) {
    if HAS_DEBUG.get().get() {
        port::write_all(DEBUG, text.as_bytes());
    } else {
        serial::print(text);
    }
}

/// Takes what was typed; tells how often it asks the program to end.
pub(crate) fn stops_typed() -> usize {
    core::iter::from_fn(serial::read).filter(|byte| *byte == END_OF_TEXT).count()
}
