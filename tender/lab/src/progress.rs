//! What a lab tells of long work: one line that changes on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};

/// Says on standard error what goes on. Dropping it leaves a terminal as it was.
pub struct Progress {
    program: &'static str,
    is_terminal: bool,
    is_shown: bool,
}

impl Progress {
    /// Returns one that says nothing yet; plain lines begin with the name of the `program`.
    #[must_use]
    pub fn new(program: &'static str) -> Self {
        Self { program, is_terminal: stderr().is_terminal(), is_shown: false }
    }

    /// Says what begins. What cannot be said is not.
    pub fn step(&mut self, what: &str) {
        if self.is_terminal {
            self.is_shown = true;
            let _ = write!(stderr(), "\r\x1b[2K\x1b[36m{what} ...\x1b[0m");
        } else {
            let _ = writeln!(stderr(), "{}: {what}", self.program);
        }
    }

    /// Takes the line away, before somebody else writes.
    pub fn clear(&mut self) {
        if self.is_shown {
            self.is_shown = false;
            let _ = write!(stderr(), "\r\x1b[2K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
