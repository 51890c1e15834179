//! The state behind the free functions.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::executor::Executor;
use crate::filter::Filter;
use crate::sleep::Timers;
use crate::stop::Stop;
use crate::{App, Instant, Machine, current};

/// How many tasks run before the machine looks for events and the timers are advanced.
const ROUND: usize = 64;

/// What one machine has once.
pub(crate) struct Runtime {
    pub(crate) machine: Rc<dyn Machine>,
    pub(crate) app: &'static App,
    pub(crate) executor: Executor,
    pub(crate) timers: Timers,
    pub(crate) random: RefCell<ChaCha20Rng>,
    pub(crate) filter: Filter,
    pub(crate) stop: Stop,
}

impl Runtime {
    pub(crate) fn new(
        machine: Rc<dyn Machine>,
        app: &'static App,
        seed: [u8; 32],
        filter: Filter,
    ) -> Rc<Self> {
        let executor = Executor::new(machine.interrupter());
        let random = RefCell::new(ChaCha20Rng::from_seed(seed));
        let (timers, stop) = (Timers::new(), Stop::new());
        Rc::new(Self { machine, app, executor, timers, random, filter, stop })
    }

    /// Runs `root` and all that it spawns, until `root` ends. What is left then is dropped.
    pub(crate) fn block_on<F: Future>(self: &Rc<Self>, root: F) -> F::Output {
        let _entered = current::enter(self);
        let _ended = Ended(self);
        self.drive(root)
    }

    fn drive<F: Future>(&self, root: F) -> F::Output {
        let mut root = pin!(root);
        let waker = self.executor.root();
        let mut context = Context::from_waker(&waker);
        waker.wake_by_ref();
        loop {
            self.timers.fire(self.machine.now());
            self.executor.collect();
            for _ in 0..ROUND {
                let Some(handle) = self.executor.next(&*self.machine) else { break };
                if !handle.is_root() {
                    self.executor.poll(handle);
                } else if let Poll::Ready(output) = root.as_mut().poll(&mut context) {
                    return output;
                }
            }
            self.wait();
        }
    }

    /// Waits for a deadline or an event; while a task is ready, until the moment of boot, which only
    /// looks for events.
    fn wait(&self) {
        if self.executor.fall_asleep() {
            self.machine.wait(self.timers.next_deadline());
        } else {
            self.machine.wait(Some(Instant::BOOT));
        }
        self.executor.wake_up();
    }
}

/// Drops all tasks while the runtime is still there for what their destructors call.
struct Ended<'a>(&'a Runtime);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.executor.close();
    }
}
