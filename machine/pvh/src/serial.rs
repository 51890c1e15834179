//! The first serial port, as text goes through it: a 16550 that the monitor drains at once.

use crate::port::{read8, write8};

/// The first port of a PC.
const PORT: u16 = 0x3f8;
/// Its line status: bit 0, a byte has come; bit 5, a byte may go; bit 6, all have gone. All ones, there is
/// no such port.
const STATUS: u16 = PORT + 5;

/// Its scratch register, which keeps what is written there, and nothing else.
const SCRATCH: u16 = PORT + 7;

/// Tells whether there is such a port.
#[must_use]
pub fn is_there() -> bool {
    [0x5a, 0xa5].into_iter().all(|byte| {
        write8(SCRATCH, byte);
        read8(SCRATCH) == byte
    })
}

/// How often a byte is tried before it is given up: nobody drains the port.
const TRIES: u32 = 1 << 20;

/// Writes a text.
pub fn print(text: &str) {
    for byte in text.bytes() {
        let mut tries = TRIES;
        while read8(STATUS) & 0x20 == 0 && tries > 0 {
            tries -= 1;
        }
        write8(PORT, byte);
    }
}

/// Waits until everything has gone.
pub fn finish() {
    for _ in 0..TRIES {
        if read8(STATUS) & 0x40 != 0 {
            return;
        }
    }
}

/// Returns the next byte that has come, if there is one.
#[must_use]
pub fn read() -> Option<u8> {
    let status = read8(STATUS);
    (status & 1 != 0 && status != 0xff).then(|| read8(PORT))
}

/// Asks for an interrupt when a byte has come.
pub fn listen() {
    // The modem control's OUT2 lets the interrupt through to the interrupt controller.
    write8(PORT + 4, 0x0b);
    write8(PORT + 1, 1);
}

/// The interrupt of the first serial port.
pub const INTERRUPT: u8 = 4;
