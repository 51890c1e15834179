//! Signals that ask the guest to end.
//!
//! The first one is noted, and ends a wait; the guest learns of it when its ring returns. The second one
//! ends the tender.

use std::{
    io,
    mem::MaybeUninit,
    sync::atomic::{AtomicBool, AtomicI32, Ordering},
};

use sarab_abi::Status;

static IS_ASKED: AtomicBool = AtomicBool::new(false);
static BELL: AtomicI32 = AtomicI32::new(-1);

/// Tells whether the host asks the guest to end.
pub(crate) fn is_asked_to_stop() -> bool {
    IS_ASKED.load(Ordering::Relaxed)
}

/// Watches for SIGINT and SIGTERM, the first of which rings `bell`: a descriptor that takes eight bytes.
pub fn watch(bell: i32) -> io::Result<()> {
    BELL.store(bell, Ordering::Relaxed);
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
    let one = 1_u64.to_ne_bytes();
    // SAFETY: a handler may write; the kernel reads eight bytes of our own.
    unsafe { libc::write(BELL.load(Ordering::Relaxed), one.as_ptr().cast(), one.len()) };
}
