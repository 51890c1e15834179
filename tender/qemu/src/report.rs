//! Finding out whether a guest has crashed, in what it says.

use sarab_abi::crash::HEAD;

/// Looks for a line that says that the guest has crashed.
pub(crate) struct Report {
    /// How much of the line's start has come, as long as it may become that of a crash.
    matched: Option<usize>,
    has_crash: bool,
}

impl Report {
    /// Begins at the start of a line.
    pub(crate) const fn new() -> Self {
        Self { matched: Some(0), has_crash: false }
    }

    /// Takes the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.matched = match self.matched {
                _ if *byte == b'\n' => Some(0),
                Some(at) if HEAD.as_bytes().get(at) == Some(byte) => Some(at + 1),
                _ => None,
            };
            self.has_crash |= self.matched == Some(HEAD.len());
        }
    }

    /// Returns whether there was such a line.
    pub(crate) const fn has_crash(&self) -> bool {
        self.has_crash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_is_a_line_that_begins_so_however_it_comes() {
        for (text, expected) in [
            ("crash: panic\n", true),
            ("log\ncrash: ", true),
            ("a crash: it was\n", false),
            ("crash\n: x\n", false),
            ("crash:\n", false),
            ("crcrash: x", false),
            ("", false),
        ] {
            for size in 1..=text.len().max(1) {
                let mut report = Report::new();
                text.as_bytes().chunks(size).for_each(|bytes| report.take(bytes));
                assert_eq!(report.has_crash(), expected, "{text:?} by {size}");
            }
        }
    }
}
