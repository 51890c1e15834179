//! How a guest ends that cannot go on.

use core::{
    fmt::{self, Write},
    panic::PanicInfo,
};

use sarab_abi::{PANICKED, RAN_OUT_OF_MEMORY, Ring};
use sarab_runtime::PanicReport;

use super::{
    boot::{control, is_installed},
    console::{Stream, print},
    doorbell,
};

/// What the standard library says when an allocation fails that nobody asks about.
const OUT_OF_MEMORY: &str = "memory allocation of ";

/// Shows a panic and ends. [`entry!`](crate::entry) makes it the panic handler of the image.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    if is_installed() {
        let report = PanicReport { message: info.message(), place: info.location() };
        let mut line = Line::default();
        let _ = writeln!(line, "{report}");
        line.show();
        let is_memory = info.message().as_str().is_none() && Starts::with(info, OUT_OF_MEMORY);
        let reason = if is_memory { RAN_OUT_OF_MEMORY } else { PANICKED };
        // SAFETY: the field is in the control block, which nobody else reaches now.
        unsafe { (&raw mut (*control()).status).write_volatile(reason) };
        doorbell::end(Ring::Abort);
    }
    // Nothing is known of the tender, so only a fault can tell it.
    loop {
        // SAFETY: the instruction is undefined, which ends the guest.
        unsafe { core::arch::asm!("ud2") }
    }
}

/// A line without an allocation: there may be no memory left. What does not fit is printed in parts.
struct Line {
    text: [u8; 256],
    used: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self { text: [0; 256], used: 0 }
    }
}

impl Line {
    fn show(&mut self) {
        let text = self.text.get(..self.used).unwrap_or_default();
        print(Stream::Error, core::str::from_utf8(text).unwrap_or_default());
        self.used = 0;
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.used + letter.len_utf8() > self.text.len() {
                self.show();
            }
            let room = self.text.get_mut(self.used..).unwrap_or_default();
            self.used += letter.encode_utf8(room).len();
        }
        Ok(())
    }
}

/// Compares the beginning of a message with a text, without an allocation.
struct Starts<'a>(&'a str);

impl Starts<'_> {
    fn with(info: &PanicInfo<'_>, text: &str) -> bool {
        let mut rest = Starts(text);
        let _ = write!(rest, "{}", info.message());
        rest.0.is_empty()
    }
}

impl Write for Starts<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let count = self.0.len().min(text.len());
        if self.0.as_bytes().get(..count) != text.as_bytes().get(..count) {
            return Err(fmt::Error);
        }
        self.0 = self.0.get(count..).unwrap_or_default();
        if self.0.is_empty() { Err(fmt::Error) } else { Ok(()) }
    }
}
