//! Being asked to end: Ctrl-C, and what service managers send.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    SigId,
    consts::{SIGINT, SIGTERM},
    flag, low_level,
};

use crate::device::reactor::Alarm;

/// The status of a process that a second signal ended: 128 + SIGINT, as shells count.
const ENDED_BY_SIGNAL: i32 = 130;

/// Watches for the signals SIGINT and SIGTERM, until it is dropped.
///
/// The first one asks; the second ends the process at once, with status 130.
pub(crate) struct Signals {
    has_come: Arc<AtomicBool>,
    registered: Vec<SigId>,
}

impl Signals {
    /// Watches from now on; a signal rings `alarm`.
    pub(crate) fn watch(alarm: &Arc<Alarm>) -> io::Result<Self> {
        let (is_second, has_come) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let mut signals = Self { has_come, registered: Vec::new() };
        for signal in [SIGINT, SIGTERM] {
            // Actions run in the order of their registration: the first signal must not end it.
            let end = flag::register_conditional_shutdown(
                signal,
                ENDED_BY_SIGNAL,
                Arc::clone(&is_second),
            );
            signals.registered.push(end?);
            signals.registered.push(flag::register(signal, Arc::clone(&is_second))?);
            let (has_come, alarm) = (Arc::clone(&signals.has_come), Arc::clone(alarm));
            let ask = move || {
                has_come.store(true, Ordering::Release);
                alarm.ring();
            };
            // SAFETY: `ask` stores to atomics and makes the system call `write`, without touching
            // `errno`; it takes no lock, allocates nothing and does not panic. So it may run in a
            // signal handler (signal-safety(7)).
            signals.registered.push(unsafe { low_level::register(signal, ask) }?);
        }
        Ok(signals)
    }

    /// Returns whether a signal has come since the last call.
    pub(crate) fn ask_to_stop(&self) -> bool {
        self.has_come.load(Ordering::Relaxed) && self.has_come.swap(false, Ordering::Acquire)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}
