//! Signals that ask the guest to end.
//!
//! The first one is noted, and ends a wait; the guest learns of it when its ring returns. The second one
//! ends the tender.

use std::{
    io,
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

extern "C" fn on_stop(_: i32) {
    if IS_ASKED.swap(true, Ordering::Relaxed) {
        // SAFETY: a handler may end the process so.
        unsafe { libc::_exit(Status::Interrupted as i32) };
    }
    let one = 1_u64.to_ne_bytes();
    // SAFETY: a handler may write; the kernel reads eight bytes of our own.
    unsafe { libc::write(BELL.load(Ordering::Relaxed), one.as_ptr().cast(), one.len()) };
}
