//! The first serial port, as text goes through it: a 16550 that the monitor drains at once.

use crate::port::Port;

/// The first port of a PC: its data, and its other registers.
const DATA: Port = register(0);
/// What interrupts.
const INTERRUPTS: Port = register(1);
/// Its lines to the other side.
const MODEM: Port = register(4);
/// Its line status: bit 0, a byte has come; bit 5, a byte may go; bit 6, all have gone. All ones, there is
/// no such port.
const STATUS: Port = register(5);
/// Its scratch register, which keeps what is written there, and nothing else.
const SCRATCH: Port = register(7);

const fn register(number: u16) -> Port {
    // SAFETY: the registers of a serial port carry bytes to and from the other side, and nothing to memory.
    unsafe { Port::new(0x3f8 + number) }
}

/// Tells whether there is such a port.
#[must_use]
pub fn is_there() -> bool {
    [0x5a, 0xa5].into_iter().all(|byte| {
        SCRATCH.write8(byte);
        SCRATCH.read8() == byte
    })
}

/// How often a byte is tried before it is given up: nobody drains the port.
const TRIES: u32 = 1 << 20;

/// Writes a text.
pub fn print(text: &str) {
    for byte in text.bytes() {
        let mut tries = TRIES;
        while STATUS.read8() & 0x20 == 0 && tries > 0 {
            tries -= 1;
        }
        DATA.write8(byte);
    }
}

/// Waits until everything has gone.
pub fn finish() {
    for _ in 0..TRIES {
        if STATUS.read8() & 0x40 != 0 {
            return;
        }
    }
}

/// Returns the next byte that has come, if there is one.
#[must_use]
pub fn read() -> Option<u8> {
    let status = STATUS.read8();
    (status & 1 != 0 && status != 0xff).then(|| DATA.read8())
}

/// Asks for an interrupt when a byte has come.
pub fn listen() {
    // The modem control's OUT2 lets the interrupt through to the interrupt controller.
    MODEM.write8(0x0b);
    INTERRUPTS.write8(1);
}

/// The interrupt of the first serial port.
pub const INTERRUPT: u8 = 4;
