//! The configuration of PCI functions.

use core::fmt;

use crate::transport::Registers;

/// A function of a device on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// The bus.
    pub bus: u8,
    /// The device on it, 0 to 31.
    pub device: u8,
    /// The function of the device, 0 to 7.
    pub function: u8,
}

impl Function {
    /// Returns its place in a table of all, whose rows have `1 << row_bits` bytes.
    fn place(self, row_bits: u32) -> u32 {
        let Self { bus, device, function } = self;
        let number = u32::from(bus) << 8 | u32::from(device & 31) << 3 | u32::from(function & 7);
        number << row_bits
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bus, device, function } = self;
        write!(f, "{bus:02x}:{device:02x}.{function}")
    }
}

/// How the configuration of functions is reached, 4 bytes at a time, at multiples of 4.
pub trait Config {
    /// Reads; all ones where there is no such function.
    fn read(&self, function: Function, at: u8) -> u32;

    /// Writes.
    fn write(&self, function: Function, at: u8, value: u32);
}

/// The configuration in memory (PCI Express 6.0 section 7.2.2): 4096 bytes for each function.
#[derive(Debug)]
pub struct Ecam {
    registers: Registers,
}

impl Ecam {
    /// Takes the configuration at `address`, of the first `buses` buses.
    ///
    /// # Safety
    ///
    /// It is there and mapped, for as long as this is there.
    #[must_use]
    pub unsafe fn new(address: usize, buses: u16) -> Self {
        // SAFETY: by the contract of this function.
        Self { registers: unsafe { Registers::new(address, usize::from(buses) << 20) } }
    }
}

impl Config for Ecam {
    fn read(&self, function: Function, at: u8) -> u32 {
        let at = function.place(12) as usize + usize::from(at & !3);
        if at >= self.registers.size_bytes() { u32::MAX } else { self.registers.read(at) }
    }

    fn write(&self, function: Function, at: u8, value: u32) {
        self.registers.write(function.place(12) as usize + usize::from(at & !3), value);
    }
}

/// The configuration behind the ports `0xcf8` and `0xcfc` (PCI 3.0 section 3.2.2.3.2).
#[cfg(target_arch = "x86_64")]
pub use ports::Ports;

#[cfg(target_arch = "x86_64")]
mod ports {
    //! Ports of x86.

    use core::arch::asm;

    use super::{Config, Function};

    /// Which 4 bytes.
    const ADDRESS: u16 = 0xcf8;
    /// The 4 bytes.
    const DATA: u16 = 0xcfc;
    const ENABLE: u32 = 1 << 31;

    /// The configuration behind the ports `0xcf8` and `0xcfc` (PCI 3.0 section 3.2.2.3.2).
    #[derive(Debug)]
    pub struct Ports(());

    impl Ports {
        /// Takes the ports.
        ///
        /// # Safety
        ///
        /// The processor may use ports, and nobody else uses these.
        #[must_use]
        pub unsafe fn new() -> Self {
            Self(())
        }
    }

    impl Config for Ports {
        fn read(&self, function: Function, at: u8) -> u32 {
            choose(function, at);
            let value;
            // SAFETY: reading the chosen bytes changes no memory; `Ports::new` was promised the port.
            unsafe {
                asm!("in eax, dx", in("dx") DATA, out("eax") value, options(nostack, preserves_flags));
            }
            value
        }

        fn write(&self, function: Function, at: u8, value: u32) {
            choose(function, at);
            write(DATA, value);
        }
    }

    fn choose(function: Function, at: u8) {
        write(ADDRESS, ENABLE | function.place(8) | u32::from(at & !3));
    }

    fn write(port: u16, value: u32) {
        // SAFETY: these ports set the configuration of a device only; `Ports::new` was promised them.
        unsafe {
            asm!("out dx, eax", in("dx") port, in("eax") value, options(nostack, preserves_flags));
        }
    }
}
