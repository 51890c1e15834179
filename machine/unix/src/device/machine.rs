//! The process as a machine.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustix::rand::{GetRandomFlags, getrandom};
use sarab_runtime::{Instant, Machine, NoEntropy, Spec, WallTime, key::Values, request_stop};

use crate::device::{Resource, attach, console, reactor::Reactor, signal::Signals};

/// The machine that an ordinary process is.
pub struct Process {
    boot: std::time::Instant,
    reactor: Rc<Reactor>,
    signals: Signals,
    resources: Option<&'static [Resource]>,
}

impl Process {
    /// Makes this thread's machine, which boots now.
    ///
    /// The unikernel has `resources`; what is attached to others is refused. `None` takes all.
    pub fn new(resources: Option<&'static [Resource]>) -> std::io::Result<Self> {
        let reactor = Reactor::current()?;
        let signals = Signals::watch(&reactor.alarm())?;
        Ok(Self { boot: std::time::Instant::now(), reactor, signals, resources })
    }
}

impl Machine for Process {
    fn now(&self) -> Instant {
        let nanos = self.boot.elapsed().as_nanos();
        Instant::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn wall_clock(&self) -> Option<WallTime> {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(WallTime::new)
    }

    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        // Up to 256 bytes come whole (getrandom(2)).
        match getrandom(&mut *seed, GetRandomFlags::empty()) {
            Ok(size) if size == seed.len() => Ok(()),
            _ => Err(NoEntropy),
        }
    }

    fn print(&self, text: &str) {
        console::write_all(rustix::stdio::stdout(), text);
    }

    fn print_error(&self, text: &str) {
        console::write_all(rustix::stdio::stderr(), text);
    }

    fn wait(&self, deadline: Option<Instant>) {
        let limit = deadline.map(|deadline| {
            Duration::from_nanos(deadline.as_nanos().saturating_sub(self.now().as_nanos()))
        });
        self.reactor.wait(limit);
        if self.signals.ask_to_stop() {
            request_stop();
        }
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        let alarm = self.reactor.alarm();
        Arc::new(move || alarm.ring())
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn keys(&self) -> &'static [Spec<'static>] {
        attach::KEYS
    }

    fn accept(&self, values: &Values) -> Result<(), String> {
        attach::install(values, self.resources).map_err(|refused| refused.to_string())
    }
}
