//! What is said of a panic, without an allocation: there may be no memory left.

use core::{
    fmt::{self, Write},
    panic::PanicInfo,
};

use sarab_runtime::PanicReport;

/// What the standard library says when an allocation fails that nobody asks about.
const OUT_OF_MEMORY: &str = "memory allocation of ";

/// Says what a panic is, part by part by `print`.
pub fn explain(info: &PanicInfo<'_>, print: fn(&str)) {
    let report = PanicReport { message: info.message(), place: info.location() };
    let mut line = Line::new(print);
    let _ = writeln!(line, "{report}");
}

/// Tells whether a panic is that memory has run out.
#[must_use]
pub fn is_out_of_memory(info: &PanicInfo<'_>) -> bool {
    let mut rest = Starts(OUT_OF_MEMORY);
    let _ = write!(rest, "{}", info.message());
    info.message().as_str().is_none() && rest.0.is_empty()
}

/// Text that is printed line by line; what does not fit a line is printed in parts.
pub struct Line {
    text: [u8; 256],
    used: usize,
    print: fn(&str),
}

impl Line {
    /// Makes an empty line, for `print`.
    #[must_use]
    pub const fn new(print: fn(&str)) -> Self {
        Self { text: [0; 256], used: 0, print }
    }

    fn show(&mut self) {
        let text = self.text.get(..self.used).unwrap_or_default();
        (self.print)(str::from_utf8(text).unwrap_or_default());
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
            if letter == '\n' {
                self.show();
            }
        }
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.used > 0 {
            self.show();
        }
    }
}

/// Compares the beginning of a message with a text, without an allocation.
struct Starts<'a>(&'a str);

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
