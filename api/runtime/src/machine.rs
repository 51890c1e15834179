//! The one hook that a target implements.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use sarab_device::WallTime;
use sarab_key::{Spec, Values};

use crate::Instant;

/// A machine, as far as the runtime needs one: a clock, a seed, a console, and a way to wait.
///
/// A target implements it once and hands it to [`run`](crate::run). Everything else that a program
/// can touch is a device. Nothing in a program can therefore tell the time, draw a random number or
/// order its tasks otherwise than this trait decides.
///
/// # One core
///
/// All methods are called from the core (a process: the thread) that called `run`, and none of them
/// while another one of them is running. Only the function that
/// [`interrupter`](Machine::interrupter) returns may be called from anywhere: another thread, an
/// interrupt handler.
///
/// # Events
///
/// The drivers of a target keep the wakers of the tasks that wait for them, and call them from
/// within `wait`, when what the tasks wait for has happened. How a driver learns that (a poll set,
/// a ring in shared memory, an interrupt) is between the driver and the machine.
///
/// # Three kinds of machine
///
/// - *A process* waits in a system call until a descriptor is ready, a thread interrupts it, or the
///   deadline has come. A signal handler leaves a note; `wait` finds it and asks to stop.
/// - *A guest without an operating system* reads a counter for the time and halts the processor in
///   `wait`, the only place where interrupts are let in. It has no threads, so it builds this crate
///   without `std`, gives the runtime a static to live in (`Place`), and shows a
///   [`PanicReport`](crate::PanicReport) from its panic handler.
/// - *A simulation* lets time pass only in `wait`, up to the deadline or to its next event; seeds
///   the random numbers from its own seed, and draws in `choose`. A run is then a function of the
///   seed, and repeats bit for bit.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use std::sync::Arc;
/// use sarab_runtime::{App, Instant, Machine, NoEntropy, Status, WallTime, run};
///
/// /// A machine without events: nothing but time ever happens, and that at once.
/// struct Alone(Cell<Instant>);
///
/// impl Machine for Alone {
///     fn now(&self) -> Instant {
///         self.0.get()
///     }
///     fn wall_clock(&self) -> Option<WallTime> {
///         None
///     }
///     fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
///         seed.fill(7); // the same in every run: only good for a test
///         Ok(())
///     }
///     fn print(&self, text: &str) {
///         print!("{text}");
///     }
///     fn wait(&self, deadline: Option<Instant>) {
///         self.0.set(deadline.expect("nothing else can happen").max(self.0.get()));
///     }
///     fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
///         Arc::new(|| {})
///     }
/// }
///
/// static APP: App =
///     App { name: "nap", version: "1.0.0", target: "alone", crates: &[], keys: &[] };
///
/// # #[cfg(feature = "std")] {
/// let status = run(Rc::new(Alone(Cell::default())), &APP, [], async |_boot| {
///     sarab_runtime::sleep(std::time::Duration::from_secs(3600)).await;
/// });
/// assert_eq!(status, Status::SUCCESS);
/// # }
/// ```
pub trait Machine: 'static {
    /// Returns the time since boot. It never goes back.
    ///
    /// It is asked often, at least once for every round of tasks: it should cost no system call.
    fn now(&self) -> Instant;

    /// Returns the date, if the machine knows it. It may jump.
    fn wall_clock(&self) -> Option<WallTime>;

    /// Fills `seed` with bytes that nobody can foretell. Called once, before any task runs.
    ///
    /// A machine that has no good source says so, and the program does not start: there is no
    /// fallback.
    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy>;

    /// Writes text of the program to the console. It need not end at the end of a line.
    ///
    /// Waits where the console is slow; text is not lost. If the console is gone, neither is the
    /// program: the error is ignored.
    fn print(&self, text: &str);

    /// Writes text about the program to the console: lines of the log, errors, whole lines always.
    ///
    /// A machine that has a separate place for it, as a process has its standard error, uses that.
    fn print_error(&self, text: &str) {
        self.print(text);
    }

    /// Waits, until something happens or `deadline` has come; calls the wakers of what happened.
    ///
    /// Returns soon after the first of these:
    /// - `deadline` is not later than [`now`](Machine::now). Returning early is allowed and costs
    ///   one more call. A deadline that has passed already asks to look for events, not to wait:
    ///   a busy program calls it so every few dozen tasks.
    /// - A waker was called from within `wait`. Where there are threads the interrupter is not called
    ///   for that; elsewhere it may be, once, and does no harm.
    /// - The interrupter was called, be it before this `wait` began (after the last one ended).
    ///
    /// When the host asks the program to end, `wait` calls [`request_stop`](crate::request_stop)
    /// and returns.
    fn wait(&self, deadline: Option<Instant>);

    /// Returns the function that ends a [`wait`](Machine::wait). Called once.
    ///
    /// That function is called from other threads or from interrupt handlers, when they wake a
    /// task while the runtime waits, or is about to. It must not be lost: if it comes before `wait`
    /// blocks, `wait` does not block.
    ///
    /// Waking allocates and may spin for another core. An interrupt handler may therefore wake
    /// tasks only if interrupts reach the runtime's core nowhere but within `wait`; else it leaves a
    /// note for `wait`.
    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync>;

    /// Decides which of `ready` tasks runs next; 0 is the one that has been ready for longest.
    ///
    /// `ready` is at least 2. A number that is too large means the last. Only a machine that
    /// explores orders has a reason to answer anything but 0.
    fn choose(&self, ready: usize) -> usize {
        let _ = ready;
        0
    }

    /// Returns the value of an environment variable, where the machine has an environment.
    ///
    /// Asked for the keys that have a variable ([`Spec::variable`]).
    fn variable(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Returns the boot keys of the machine itself, such as the files that stand for its disks.
    ///
    /// They are read together with the keys of the program, stand in the same help text, and reach
    /// the machine by [`accept`](Machine::accept).
    fn keys(&self) -> &'static [Spec<'static>] {
        &[]
    }

    /// Takes the values of all boot keys. Called once, after all were checked and before the
    /// program starts.
    ///
    /// An error is a text (`--disk data=x.img: there is no disk data`); it ends the boot as any
    /// wrong key does.
    fn accept(&self, values: &Values) -> Result<(), String> {
        let _ = values;
        Ok(())
    }
}

/// A machine has no source of random numbers that is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no source of entropy, and without one no random number is safe")
    }
}

impl core::error::Error for NoEntropy {}
