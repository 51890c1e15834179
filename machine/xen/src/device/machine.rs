//! The guest as a machine.

use alloc::{string::String, sync::Arc};
use core::{cell::Cell, time::Duration};

use sarab_abi::Status;
use sarab_bare::events;
use sarab_pvh::{entropy, words::Words};
use sarab_queue::Events;
use sarab_runtime::{Instant, Machine, NoEntropy, WallTime, request_stop};
use sarab_xen::{hypercall::Reason, shutdown::Request};

use super::{console, end::end, host::Host, suspend::suspend};

/// The machine that a guest of Xen is.
pub struct Guest {
    host: &'static Host,
    words: Words,
    start_ns: u64,
    is_asked_to_stop: Cell<bool>,
    reason: Cell<Reason>,
}

impl Guest {
    /// Makes the machine, with the command line that was found; its time begins.
    pub(crate) fn new(host: &'static Host, words: Words) -> Self {
        let start_ns = host.domain.now_ns();
        let (is_asked_to_stop, reason) = (Cell::new(false), Cell::new(Reason::PowerOff));
        Self { host, words, start_ns, is_asked_to_stop, reason }
    }

    /// Takes what has come; tells whether there was something.
    fn deliver(&self) -> bool {
        let has_news = self.host.store.deliver();
        if has_news {
            self.hear();
        }
        events::deliver() | has_news
    }

    /// Does what the toolstack asks for: the first time that it asks the program to end, the program is told, the
    /// second time it ends.
    fn hear(&self) {
        match self.host.control.take() {
            Ok(None) => return,
            Ok(Some(Request::Suspend)) => return suspend(self.host),
            Ok(Some(Request::Reboot)) => self.reason.set(Reason::Reboot),
            Ok(Some(Request::PowerOff | Request::Halt | Request::Other(_))) => {}
            Err(error) => {
                log::error!("cannot take what the toolstack asks for: {error}");
                return;
            }
        }
        if self.is_asked_to_stop.replace(true) {
            end(Status::Interrupted as u8, self.reason.get());
        }
        request_stop();
    }

    /// Returns what becomes of the domain when the program has ended.
    pub(crate) fn reason(&self) -> Reason {
        self.reason.get()
    }
}

impl Machine for Guest {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.host.domain.now_ns().saturating_sub(self.start_ns))
    }

    fn wall_clock(&self) -> Option<WallTime> {
        self.host.domain.date_ns().map(|ns| WallTime::new(Duration::from_nanos(ns)))
    }

    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        entropy::seed(seed, None)
    }

    fn print(&self, text: &str) {
        console::print(text);
    }

    fn wait(&self, deadline: Option<Instant>) {
        events::notify();
        let is_over = deadline.is_some_and(|deadline| deadline <= self.now());
        if self.deliver() || is_over {
            return;
        }
        let channels = self.host.domain.channels();
        // What comes from here on ends the wait; what has come before is looked at once more.
        channels.take_pending(|_| {});
        events::listen(true);
        if !self.deliver() {
            let deadline = deadline.map(|it| it.as_nanos().saturating_add(self.start_ns));
            channels.poll(deadline);
            channels.take_pending(|_| {});
            self.deliver();
        }
        events::listen(false);
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        // There is no thread, and no interrupt wakes a task.
        Arc::new(|| {})
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.words.variable(name).map(Into::into)
    }
}
