//! A machine while it runs: its streams, and the signals that ask it to end.
//!
//! Each stream has a thread, which may wait for whoever is at its other end. None has to be told of the
//! end: QEMU's ends of the pipes close with it.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, AsRawFd as _},
    process::{Child, ChildStdin},
    sync::Arc,
    thread,
};

use rustix::event::{EventfdFlags, eventfd};
use sarab_monitor::{Error, signal};

use crate::{NAME, end::End, process, report::Report, status::Status, unavailable};

/// The byte of Ctrl-C, which asks a guest to end.
const ASK_TO_END: [u8; 1] = [3];

/// Bytes that are carried on at once.
const PIECE_BYTES: usize = 64 << 10;

/// Runs QEMU by `words` until it ends, and returns the status of the tender.
pub(crate) fn run(words: &[OsString], status: Status) -> Result<u8, Error> {
    let bell = bell().map_err(|error| unavailable("cannot watch for signals", error))?;
    let child = process::start(words)?;
    let end = follow(child, bell, status);
    let end = end.map_err(|error| unavailable("cannot watch QEMU", error))?;
    let (status, said) = end.decide();
    if let Some(said) = said {
        eprintln!("{NAME}: {said}");
    }
    Ok(status)
}

/// Returns what becomes readable when this process is asked to end. Asked twice, it ends, and QEMU with it.
fn bell() -> io::Result<File> {
    let bell = eventfd(0, EventfdFlags::CLOEXEC)?;
    signal::watch(Some(bell.as_raw_fd()))?;
    Ok(bell.into())
}

fn follow(mut child: Child, bell: File, status: Status) -> io::Result<End> {
    let (Some(input), Some(output), Some(error)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let input = Arc::new(input);
    let asked = Arc::clone(&input);
    thread::spawn(move || ask_to_end(bell, &asked));
    let mut keys = own(io::stdin())?;
    // It ends with its source, and the serial port stays open. Unread input is nobody's loss.
    thread::spawn(move || io::copy(&mut keys, &mut &*input).is_ok());
    let (to_output, to_error) = (own(io::stdout())?, own(io::stderr())?);
    let spoken = thread::spawn(move || {
        let mut has_spoken = false;
        carry(output, to_output, |_| has_spoken = true);
        has_spoken
    });
    let crashed = thread::spawn(move || {
        let mut report = Report::new();
        carry(error, to_error, |bytes| report.take(bytes));
        report.has_crash()
    });
    let status = status.last();
    let qemu = child.wait()?;
    let has_crash = crashed.join().unwrap_or_default();
    let has_spoken = spoken.join().unwrap_or_default();
    Ok(End { status, has_crash, has_spoken, qemu })
}

/// Waits until the host asks, and passes it on by the serial port.
fn ask_to_end(mut bell: File, mut input: &ChildStdin) {
    let mut count = [0; 8];
    if bell.read_exact(&mut count).is_ok() {
        // One that has ended meanwhile need not be asked.
        let _ = input.write_all(&ASK_TO_END);
    }
}

/// Returns a standard stream without what the library keeps back.
fn own(stream: impl AsFd) -> io::Result<File> {
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

/// Carries what comes `from` the machine on, and lets `look` see it. Where nobody reads it any more, the machine goes
/// on as if somebody did.
fn carry(mut from: impl Read, mut to: impl Write, mut look: impl FnMut(&[u8])) {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return,
            Ok(size) => {
                look(&piece[..size]);
                let _ = to.write_all(&piece[..size]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
