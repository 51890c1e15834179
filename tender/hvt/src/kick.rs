//! Ends a run of the guest from a signal handler.

use std::{cell::Cell, io, mem, ptr};

thread_local! {
    /// The flag that the handler sets: KVM's `immediate_exit`, which it reads when it enters.
    ///
    /// Made without code and dropped without code, so that a handler may use it.
    static FLAG: Cell<*mut u8> = const { Cell::new(ptr::null_mut()) };
}

/// While it lives, signals to this thread set the flag that it was made of.
#[derive(Debug)]
pub(crate) struct Kick {
    /// A pointer also keeps the value in its thread.
    flag: *mut u8,
}

impl Kick {
    /// Makes `flag` the one to set, which must outlive the value.
    pub(crate) fn new(flag: *mut u8) -> Self {
        FLAG.set(flag);
        Self { flag }
    }
}

impl Drop for Kick {
    fn drop(&mut self) {
        // Another cage of this thread may have taken it over.
        if FLAG.get() == self.flag {
            FLAG.set(ptr::null_mut());
        }
    }
}

/// Lets `signal` set the flag of the thread that gets it.
pub(crate) fn handle(signal: i32) -> io::Result<()> {
    // SAFETY: all zeros is a valid `sigaction`: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = set as *const () as usize;
    // SAFETY: `set` does only what a handler may: two accesses to the thread's memory.
    let result = unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Without `SA_RESTART`, so that the call that waits for the guest ends as well.
extern "C" fn set(_signal: libc::c_int) {
    let flag = FLAG.get();
    if !flag.is_null() {
        // SAFETY: the flag lives as long as its `Kick`, which takes it away from this very thread.
        unsafe { flag.write_volatile(1) }
    }
}
