//! Ports of the processor.

use core::arch::asm;

/// A port whose device is known.
///
/// Who writes to the port of a device that reads or writes memory by itself can do anything to it; so to say that
/// there is no such device takes `unsafe`, once a port, and to use the port does not.
#[derive(Clone, Copy, Debug)]
pub struct Port(u16);

impl Port {
    /// Makes the port of that number.
    ///
    /// # Safety
    ///
    /// Whatever is there, if anything is, touches no memory when the port is read, or written with anything that this
    /// image writes there, but to end the machine.
    #[must_use]
    pub const unsafe fn new(number: u16) -> Self {
        Self(number)
    }

    /// Returns its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Reads a byte; all ones, where there is nothing.
    #[must_use]
    pub fn read8(self) -> u8 {
        let byte;
        // SAFETY: no memory is touched, as `new` demands.
        unsafe { asm!("in al, dx", in("dx") self.0, out("al") byte, options(nomem, nostack)) }
        byte
    }

    /// Writes a byte.
    pub fn write8(self, byte: u8) {
        // SAFETY: no memory is touched, as `new` demands.
        unsafe { asm!("out dx, al", in("dx") self.0, in("al") byte, options(nomem, nostack)) }
    }

    /// Writes two bytes.
    pub fn write16(self, word: u16) {
        // SAFETY: no memory is touched, as `new` demands.
        unsafe { asm!("out dx, ax", in("dx") self.0, in("ax") word, options(nomem, nostack)) }
    }

    /// Writes four bytes.
    pub fn write32(self, word: u32) {
        // SAFETY: no memory is touched, as `new` demands.
        unsafe { asm!("out dx, eax", in("dx") self.0, in("eax") word, options(nomem, nostack)) }
    }

    /// Writes bytes, one after the other; a monitor may take them all at once.
    pub fn write_all(self, bytes: &[u8]) {
        // SAFETY: the instruction reads the bytes of the slice; otherwise no memory is touched, as `new` demands.
        unsafe {
            asm!(
                "rep outsb",
                in("dx") self.0,
                inout("rsi") bytes.as_ptr() => _,
                inout("rcx") bytes.len() => _,
                options(readonly, nostack),
            );
        }
    }
}
