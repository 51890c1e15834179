//! Ports of the processor.
//!
//! What a port does is its device's affair: the callers know what is there. None of them reaches
//! memory.

use core::arch::asm;

/// Reads a byte.
#[must_use]
pub fn read8(port: u16) -> u8 {
    let byte;
    // SAFETY: no device that this image knows touches memory when its port is read.
    unsafe { asm!("in al, dx", in("dx") port, out("al") byte, options(nomem, nostack)) }
    byte
}

/// Writes a byte.
pub fn write8(port: u16, byte: u8) {
    // SAFETY: no device that this image knows touches memory when its port is written.
    unsafe { asm!("out dx, al", in("dx") port, in("al") byte, options(nomem, nostack)) }
}

/// Writes two bytes.
pub fn write16(port: u16, word: u16) {
    // SAFETY: as for `write8`.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") word, options(nomem, nostack)) }
}

/// Reads four bytes.
#[must_use]
pub fn read32(port: u16) -> u32 {
    let word;
    // SAFETY: as for `read8`.
    unsafe { asm!("in eax, dx", in("dx") port, out("eax") word, options(nomem, nostack)) }
    word
}

/// Writes four bytes.
pub fn write32(port: u16, word: u32) {
    // SAFETY: as for `write8`.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") word, options(nomem, nostack)) }
}

/// Writes bytes, one after the other; a monitor may take them all at once.
pub fn write_all(port: u16, bytes: &[u8]) {
    // SAFETY: the instruction reads the bytes of the slice; otherwise as for `write8`.
    unsafe {
        asm!(
            "rep outsb",
            in("dx") port,
            inout("rsi") bytes.as_ptr() => _,
            inout("rcx") bytes.len() => _,
            options(readonly, nostack),
        );
    }
}
