//! The tender's standard error, on its way to that of this process.
//!
//! It is carried by a thread of its own: whoever reads the standard error may be slow, or stopped,
//! and the relays must not be.

use std::{
    io::{self, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    process::ChildStderr,
    sync::Arc,
    thread::{self, JoinHandle},
};

use rustix::{
    event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll},
    io::{Errno, read, write},
};
use sarab_runtime::Failure;

use crate::{
    command::Order,
    crash::{Report, Style},
    debug::Attach,
    symbols::Symbols,
    unavailable,
};

const PIECE_BYTES: usize = 64 * 1024;

/// How long a chain of frames is kept for what follows.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What carries the tender's standard error.
pub(crate) struct Wire {
    thread: JoinHandle<()>,
    /// Readable once the tender has ended.
    end: Arc<OwnedFd>,
}

impl Wire {
    /// Carries what comes from `error` from now on.
    pub(crate) fn start(
        error: ChildStderr,
        attach: Option<Attach>,
        order: &Order,
    ) -> Result<Self, Failure> {
        let failed = "cannot read what the tender says";
        let end = eventfd(0, EventfdFlags::CLOEXEC).map_err(unavailable(failed))?;
        let end = Arc::new(end);
        let until = Arc::clone(&end);
        let symbols = Symbols::new(order.image.clone());
        let carry = move || {
            let report = Report::new(Console, symbols, Style::of(&io::stderr()), attach);
            carry(&error, &until, report);
        };
        let thread = thread::Builder::new().spawn(carry).map_err(unavailable(failed))?;
        Ok(Self { thread, end })
    }

    /// Carries what is left, once the tender has ended.
    ///
    /// It does not wait for the end of the pipe, which somebody else may have inherited.
    pub(crate) fn finish(self) {
        let _ = write(&self.end, &1_u64.to_ne_bytes());
        let _ = self.thread.join();
    }
}

fn carry(from: &ChildStderr, end: &OwnedFd, mut report: Report<Console>) {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let limit = report.holds_something().then_some(PAUSE);
        match next(from.as_fd(), end, limit) {
            Next::Bytes => match read(from, &mut piece) {
                Ok(0) => break,
                Ok(size) => report.take(&piece[..size]),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => break,
            },
            Next::Nothing => report.release(),
            Next::End => break,
        }
    }
    report.release();
}

/// What is to be done next.
enum Next {
    Bytes,
    Nothing,
    End,
}

fn next(from: BorrowedFd<'_>, end: &OwnedFd, limit: Option<Timespec>) -> Next {
    let mut both = [PollFd::new(&from, PollFlags::IN), PollFd::new(end, PollFlags::IN)];
    let _ = poll(&mut both, limit.as_ref());
    // Bytes first: those that were written before the end are carried.
    match both.map(|it| !it.revents().is_empty()) {
        [true, _] => Next::Bytes,
        [_, true] => Next::End,
        _ => Next::Nothing,
    }
}

/// The standard error, past every buffer; what nobody reads is lost.
struct Console;

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let error = rustix::stdio::stderr();
        loop {
            match write(error, bytes) {
                Ok(size) => return Ok(size),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let _ = poll(&mut [PollFd::new(&error, PollFlags::OUT)], None);
                }
                Err(_) => return Ok(bytes.len()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
