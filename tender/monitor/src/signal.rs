//! Signals that ask the guest to end.
//!
//! The first one is noted, and ends a wait; the guest learns of it when its ring returns. The second one
//! ends the tender.
//!
//! How long a wait may take stands where the handler reaches it, and the kernel reads it when the wait
//! begins. So a signal that comes right before makes the wait take no time, one that comes later interrupts
//! it, and none is missed.

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    sync::atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering, compiler_fence},
};

use sarab_abi::Status;

use crate::poll::until_readable;

static IS_ASKED: AtomicBool = AtomicBool::new(false);
static IS_TOLD: AtomicBool = AtomicBool::new(false);
static BELL: AtomicI32 = AtomicI32::new(-1);

/// How long the present wait may take: a `timespec`, seconds and nanoseconds.
static LIMIT: [AtomicI64; 2] = [const { AtomicI64::new(0) }; 2];

/// Tells whether the host asks the guest to end.
pub(crate) fn is_asked_to_stop() -> bool {
    IS_ASKED.load(Ordering::Relaxed)
}

/// Tells whether the guest is yet to learn that it is asked to end.
pub(crate) fn is_to_be_told() -> bool {
    is_asked_to_stop() && !IS_TOLD.load(Ordering::Relaxed)
}

/// Notes that the guest has learned what there is to learn.
pub(crate) fn tell() {
    IS_TOLD.store(is_asked_to_stop(), Ordering::Relaxed);
}

/// Returns the limit for a wait of at most `limit_ns`. It is shortened to nothing while the guest is yet to
/// learn that it is asked to end.
pub(crate) fn limit(limit_ns: u64) -> *mut libc::timespec {
    const SECOND_NS: u64 = 1_000_000_000;
    set_limit((limit_ns / SECOND_NS).cast_signed(), (limit_ns % SECOND_NS).cast_signed());
    // The handler sees the limit whole from here on, and what it did before is done again.
    compiler_fence(Ordering::SeqCst);
    if is_to_be_told() {
        set_limit(0, 0);
    }
    LIMIT.as_ptr().cast_mut().cast()
}

fn set_limit(seconds: i64, ns: i64) {
    for (part, value) in LIMIT.iter().zip([seconds, ns]) {
        part.store(value, Ordering::Relaxed);
    }
}

/// Watches for SIGINT and SIGTERM, the first of which shortens the wait, and rings the bell if there is
/// one: a descriptor that takes eight bytes.
pub fn watch(bell: Option<i32>) -> io::Result<()> {
    BELL.store(bell.unwrap_or(-1), Ordering::Relaxed);
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // Where there is a stack for handlers, as the guest's may be at its end.
        handle(signal, on_stop as *const () as usize, libc::SA_ONSTACK)?;
    }
    // Writing to who has gone is an error and not the end.
    handle(libc::SIGPIPE, libc::SIG_IGN, 0)
}

/// Has `signal` handled by the function at `handler`.
pub fn handle(signal: i32, handler: usize, flags: i32) -> io::Result<()> {
    // SAFETY: zeroes are a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags | libc::SA_RESTART;
    // SAFETY: the action is whole, and its handler does what a handler may.
    match unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Calls `say`, and waits until somebody lets this process go on by SIGUSR1 after that; tells whether
/// somebody has. Nobody has if the host asks to end before.
///
/// It could stop itself, and go on at SIGCONT. But one that comes right before the stop would be lost, and a
/// shell sends it to what it puts into the background, where somebody who wants to call gdb puts it.
pub fn until_let_go(say: impl FnOnce()) -> io::Result<bool> {
    let before = exchange(&only(libc::SIGUSR1))?;
    let arrivals = arrivals(&only(libc::SIGUSR1))?;
    say();
    let is_let_go = until_readable(arrivals.as_raw_fd());
    // It waits to be delivered still, which would end the process, as would a late one.
    handle(libc::SIGUSR1, libc::SIG_IGN, 0)?;
    exchange(&before)?;
    Ok(is_let_go)
}

/// Opens what is readable once one of `signals` has come, which must be kept from this thread.
fn arrivals(signals: &libc::sigset_t) -> io::Result<OwnedFd> {
    // SAFETY: the set is whole; -1 makes a new descriptor.
    match unsafe { libc::signalfd(-1, signals, libc::SFD_CLOEXEC) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: `signalfd` has just returned it, so it is open and nobody else's.
        number => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
    }
}

/// Calls `start` with all signals kept from this thread: the threads that it starts get none, ever.
pub(crate) fn without<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let mut all = MaybeUninit::uninit();
    // SAFETY: the call fills the set in.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: it was filled in above.
    let before = exchange(unsafe { all.assume_init_ref() })?;
    let started = start();
    exchange(&before)?;
    started
}

/// Returns the set of one signal.
fn only(signal: i32) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the call fills the set in.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the set was filled in above, and a wrong number would leave it as it is.
    unsafe { libc::sigaddset(set.as_mut_ptr(), signal) };
    // SAFETY: it was filled in above.
    unsafe { set.assume_init() }
}

/// Keeps `signals` from this thread, and no others; returns which were before.
fn exchange(signals: &libc::sigset_t) -> io::Result<libc::sigset_t> {
    let mut before = MaybeUninit::uninit();
    // SAFETY: the set is whole, and there is room for another.
    match unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, signals, before.as_mut_ptr()) } {
        // SAFETY: the call has filled it in.
        0 => Ok(unsafe { before.assume_init() }),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

extern "C" fn on_stop(_: i32) {
    if IS_ASKED.swap(true, Ordering::Relaxed) {
        // SAFETY: a handler may end the process so.
        unsafe { libc::_exit(Status::Interrupted as i32) };
    }
    set_limit(0, 0);
    let bell = BELL.load(Ordering::Relaxed);
    if bell >= 0 {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: a handler may write; the kernel reads eight bytes of our own.
        unsafe { libc::write(bell, one.as_ptr().cast(), one.len()) };
    }
}
