//! Signals that are for the tender, as something to read (signalfd(2)).
//!
//! The tender is in a process group of its own, so neither Ctrl-C nor a signal to the group of this
//! process reaches it by itself; it learns of each one once, from here. A signal that this process
//! was told to ignore, as `nohup` does, is no signal.

use std::{
    io,
    mem::{self, MaybeUninit},
    os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd},
    ptr,
};

use rustix::{
    io::{Errno, read},
    process::Signal,
};

const WATCHED: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::TSTP];

/// The signals that wait to be passed on.
pub(crate) struct Signals {
    waiting: OwnedFd,
    before: libc::sigset_t,
}

impl Signals {
    /// Keeps signals from this thread, and those that it starts, from now on.
    pub(crate) fn block() -> io::Result<Self> {
        let all = set(WATCHED);
        let before = exchange(libc::SIG_BLOCK, &all)?;
        let heard = set(WATCHED.into_iter().filter(|signal| !is_ignored(*signal)));
        let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
        // SAFETY: the set is whole; -1 makes a new descriptor.
        match unsafe { libc::signalfd(-1, &raw const heard, flags) } {
            -1 => Err(io::Error::last_os_error()),
            // SAFETY: `signalfd` has just returned it, so it is open and nobody else's.
            fd => Ok(Self { waiting: unsafe { OwnedFd::from_raw_fd(fd) }, before }),
        }
    }

    /// Returns what lets a child of this process have its signals as this process had them.
    pub(crate) fn release(&self) -> impl Fn() -> io::Result<()> + use<> {
        let before = self.before;
        move || exchange(libc::SIG_SETMASK, &before).map(drop)
    }

    /// Takes the next signal.
    pub(crate) fn take(&self) -> Result<Signal, Errno> {
        let mut record = [0; mem::size_of::<libc::signalfd_siginfo>()];
        read(&self.waiting, &mut record)?;
        let number = record.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
        WATCHED.into_iter().find(|it| it.as_raw() == number).ok_or(Errno::AGAIN)
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.waiting.as_fd()
    }
}

/// Changes which signals are kept from this thread, and returns which were before.
fn exchange(how: i32, signals: &libc::sigset_t) -> io::Result<libc::sigset_t> {
    let mut before = set([]);
    // SAFETY: both sets are whole.
    match unsafe { libc::pthread_sigmask(how, signals, &raw mut before) } {
        0 => Ok(before),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

fn set(signals: impl IntoIterator<Item = Signal>) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: it fills the set in.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    for signal in signals {
        // SAFETY: the set was filled in above, and the signal is a valid one.
        unsafe { libc::sigaddset(set.as_mut_ptr(), signal.as_raw()) };
    }
    // SAFETY: it was filled in above.
    unsafe { set.assume_init() }
}

fn is_ignored(signal: Signal) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is changed, and the old action is written to a place for one.
    unsafe { libc::sigaction(signal.as_raw(), ptr::null(), action.as_mut_ptr()) };
    // SAFETY: zeroes are a valid action, and so is what the call has written.
    unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}
