//! The guest as a machine.

use alloc::{string::String, sync::Arc};
use core::{cell::Cell, time::Duration};

use sarab_abi::Status;
use sarab_pvh::{apic, clock::Clock, entropy, interrupt, serial, words::Words};
use sarab_runtime::{Instant, Machine, NoEntropy, WallTime, request_stop};

use super::{console, end::end};

/// The machine that a guest of a virtio monitor is.
pub struct Pc {
    clock: Clock,
    words: Words,
    is_asked_to_stop: Cell<bool>,
}

impl Pc {
    /// Makes the machine, with the clock and the command line that were found.
    #[must_use]
    pub fn new(clock: Clock, words: Words) -> Self {
        apic::route(serial::INTERRUPT);
        serial::listen();
        Self { clock, words, is_asked_to_stop: Cell::new(false) }
    }

    /// Takes what was typed: the first Ctrl-C asks the program to end, the second ends it.
    fn hear(&self) {
        for _ in 0..console::stops_typed() {
            if self.is_asked_to_stop.replace(true) {
                end(Status::Interrupted as u8);
            }
            request_stop();
        }
    }
}

impl Machine for Pc {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn wall_clock(&self) -> Option<WallTime> {
        self.clock.wall_ns().map(|ns| WallTime::new(Duration::from_nanos(ns)))
    }

    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        entropy::seed(seed, None)
    }

    fn print(&self, text: &str) {
        console::print(text);
    }

    fn print_error(&self, text: &str) {
        console::print_error(text);
    }

    fn wait(&self, deadline: Option<Instant>) {
        self.hear();
        if deadline.is_some_and(|deadline| deadline <= self.now()) {
            return;
        }
        self.clock.set_alarm(deadline);
        interrupt::wait();
        self.hear();
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        // There is no thread, and no interrupt wakes a task.
        Arc::new(|| {})
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.words.variable(name).map(Into::into)
    }
}
