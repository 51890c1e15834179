//! Signals that ask the guest to end.

use std::{io, thread};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// Gives each signal to `take`, on a thread of its own, until that returns `false`.
pub(crate) fn watch(mut take: impl FnMut(u8) -> bool + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        for number in signals.forever() {
            if !take(u8::try_from(number).unwrap_or(u8::MAX)) {
                return;
            }
        }
    });
    Ok(())
}
