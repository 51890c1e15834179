//! The date of answers, written once a second.

use core::cell::Cell;

use sarab_runtime::wall_clock;

use crate::date;

/// The date as it was last written.
#[derive(Default)]
pub(super) struct Clock {
    written: Cell<Option<(u64, [u8; date::LENGTH])>>,
}

impl Clock {
    /// Returns the date, or `None` if the machine does not know it (RFC 9110 §6.6.1).
    pub(super) fn date(&self) -> Option<[u8; date::LENGTH]> {
        let now = wall_clock()?;
        let second = now.since_epoch().as_secs();
        match self.written.get() {
            Some((written, text)) if written == second => Some(text),
            _ => {
                let text = date::write(now);
                self.written.set(Some((second, text)));
                Some(text)
            }
        }
    }
}
