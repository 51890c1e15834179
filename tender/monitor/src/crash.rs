//! What is said when a guest has crashed.

use std::fmt::{self, Write};

pub use sarab_abi::crash::{Crash, Fault, Place};

use crate::{console, memory::Memory};

/// Writes the report of `crash` to standard error.
pub fn report(crash: &Crash, memory: &Memory, place: &Place) {
    let mut report = Report { text: [0; 4096], used: 0 };
    // What does not fit is cut off.
    let _ = crash.write(&mut report, place, |address| memory.get(address));
    console::write_all(libc::STDERR_FILENO, report.text.as_ptr(), report.used);
}

struct Report {
    text: [u8; 4096],
    used: usize,
}

impl Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.text.get_mut(self.used..).and_then(|room| room.get_mut(..text.len()));
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}
