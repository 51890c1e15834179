//! Text for whoever watches, and what is typed (`machine/PVH.md`, "Console").

use core::{
    cell::Cell,
    fmt::{Display, Write as _},
};

use sarab_bare::{OneCore, panic::Line};
use sarab_pvh::{port::Port, serial};

/// The port of QEMU's debug console, which reads as its own number.
// SAFETY: it takes bytes, and reaches no memory; there is nothing else at this port.
const DEBUG: Port = unsafe { Port::new(0xe9) };
/// What asks the program to end: Ctrl-C.
const END_OF_TEXT: u8 = 3;

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static HAS_SERIAL: OneCore<Cell<bool>> = unsafe { OneCore::new(Cell::new(false)) };
// SAFETY: as above.
static HAS_DEBUG: OneCore<Cell<bool>> = unsafe { OneCore::new(Cell::new(false)) };

/// Looks for the places of texts. Where there is no serial port, the program is not heard.
pub(crate) fn find() {
    HAS_SERIAL.get().set(serial::is_there());
    HAS_DEBUG.get().set(u16::from(DEBUG.read8()) == DEBUG.number());
}

/// Prints what the program says.
pub(crate) fn print(text: &str) {
    if HAS_SERIAL.get().get() {
        serial::print(text);
    }
}

/// Prints what is said of the program.
pub(crate) fn print_error(text: &str) {
    if HAS_DEBUG.get().get() {
        DEBUG.write_all(text.as_bytes());
    } else {
        print(text);
    }
}

/// Says what is odd with the machine, before there is a log.
pub(crate) fn warn(what: &dyn Display) {
    let mut line = Line::new(print_error);
    let _ = writeln!(line, "warning: {what}");
}

/// Takes what was typed; tells how often it asks the program to end.
pub(crate) fn stops_typed() -> usize {
    core::iter::from_fn(serial::read).filter(|byte| *byte == END_OF_TEXT).count()
}
