//! A machine whose time is not real, for tests.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::time::Duration;

use log::LevelFilter;
use sarab_device::WallTime;

use crate::filter::Filter;
use crate::runtime::Runtime;
use crate::{App, Instant, Machine, NoEntropy};

static APP: App =
    App { name: "rehearsal", version: "0.0.0", target: "virtual", crates: &[], keys: &[] };

/// Runs `future`, and all that it spawns, in virtual time; returns its output.
///
/// The shortest way to test asynchronous code: an hour of sleep takes no time, and every run is the
/// same. It is [`Rehearsal::run`] with the seed 0.
///
/// # Panics
///
/// If the future waits for something that can never happen.
pub fn block_on_virtual<F: Future>(future: F) -> F::Output {
    Rehearsal::new(0).run(future)
}

/// A machine for tests: virtual time, a given seed, a console that is kept.
///
/// Time stands still while a task runs, and jumps to the next deadline when all tasks wait. The
/// seed decides the random numbers and which of the ready tasks runs next; the same seed repeats
/// the same run, other seeds try other orders. Seed 0 runs tasks in the order they became ready.
///
/// Nothing outside can wake a task: other threads and real devices have no place in a rehearsal.
///
/// ```
/// # #[cfg(feature = "std")] {
/// use core::time::Duration;
/// use sarab_runtime::{Rehearsal, println, sleep};
///
/// let rehearsal = Rehearsal::new(42);
/// rehearsal.run(async {
///     sleep(Duration::from_hours(1)).await;
///     println!("an hour later");
/// });
/// assert_eq!(rehearsal.now().since_boot(), Duration::from_hours(1));
/// assert_eq!(rehearsal.console(), "an hour later\n");
/// # }
/// ```
#[derive(Clone)]
pub struct Rehearsal(Rc<State>);

struct State {
    seed: u64,
    now: Cell<Instant>,
    order: Cell<u64>,
    console: RefCell<String>,
    errors: RefCell<String>,
}

impl Rehearsal {
    /// Makes the machine that `seed` stands for, just booted.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(State {
            seed,
            now: Cell::new(Instant::BOOT),
            order: Cell::new(seed),
            console: RefCell::default(),
            errors: RefCell::default(),
        }))
    }

    /// Runs `future`, and all that it spawns, until it ends; then drops what is left.
    ///
    /// The log shows all levels. There are no boot keys; [`run`](crate::run) takes a rehearsal as
    /// it takes any machine ([`machine`](Rehearsal::machine)).
    ///
    /// # Panics
    ///
    /// If the future waits for something that can never happen.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let filter = Filter::all(LevelFilter::Trace);
        crate::logging::begin(&filter);
        Runtime::new(self.machine(), &APP, self.0.seed(), filter).block_on(future)
    }

    /// Returns the machine, for [`run`](crate::run).
    #[must_use]
    pub fn machine(&self) -> Rc<dyn Machine> {
        Rc::clone(&self.0) as Rc<dyn Machine>
    }

    /// Returns the virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.now.get()
    }

    /// Lets time pass while a task runs, as long work would; time stands still otherwise.
    pub fn pass(&self, length: Duration) {
        self.0.now.set(self.0.now.get() + length);
    }

    /// Returns all that the program has printed.
    #[must_use]
    pub fn console(&self) -> String {
        self.0.console.borrow().clone()
    }

    /// Returns all that was printed about the program: its log and its errors.
    #[must_use]
    pub fn errors(&self) -> String {
        self.0.errors.borrow().clone()
    }
}

impl fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rehearsal").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl State {
    fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        let mut state = self.seed;
        for part in seed.chunks_exact_mut(8) {
            part.copy_from_slice(&split_mix(&mut state).to_le_bytes());
        }
        seed
    }
}

impl Machine for State {
    fn now(&self) -> Instant {
        self.now.get()
    }

    /// The virtual machine boots at the beginning of civil time.
    fn wall_clock(&self) -> Option<WallTime> {
        Some(WallTime::new(self.now.get().since_boot()))
    }

    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        *seed = self.seed();
        Ok(())
    }

    fn print(&self, text: &str) {
        self.console.borrow_mut().push_str(text);
    }

    fn print_error(&self, text: &str) {
        self.errors.borrow_mut().push_str(text);
    }

    fn wait(&self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else {
            panic!("every task waits, no timer is set, and nothing else happens in a rehearsal");
        };
        self.now.set(deadline.max(self.now.get()));
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        Arc::new(|| {})
    }

    fn choose(&self, ready: usize) -> usize {
        if self.seed == 0 {
            return 0;
        }
        let mut state = self.order.get();
        let drawn = split_mix(&mut state);
        self.order.set(state);
        usize::try_from(drawn % ready as u64).unwrap_or(0)
    }
}

/// Draws the next number of the generator `SplitMix64` (Steele, Lea and Flood, 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
