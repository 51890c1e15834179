//! The tender, as a child of this process.

use std::{
    ffi::OsString,
    io,
    os::{
        fd::OwnedFd,
        unix::process::{CommandExt as _, ExitStatusExt as _},
    },
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
};

use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};
use sarab_runtime::{Failure, Status};

use crate::{signals::Signals, unavailable};

/// A tender that runs.
pub(crate) struct Tender {
    child: Child,
    /// The process, by a number that is never another one's.
    process: OwnedFd,
    /// The signal that has ended it.
    signal: Option<i32>,
}

impl Tender {
    /// Starts the tender at `path` with `words`, so that it ends when this thread does.
    ///
    /// It has the standard input and output of this process, and a pipe for the standard error. It
    /// is a process group of its own; what a terminal does to such a group in the background, which
    /// is to stop it when it reads or writes, is switched off.
    pub(crate) fn start(
        path: &Path,
        words: &[OsString],
        signals: &Signals,
    ) -> Result<Self, Failure> {
        let mut command = Command::new(path);
        command.args(words).stderr(Stdio::piped()).process_group(0);
        let parent = rustix::process::getpid();
        let release = signals.release();
        // SAFETY: between fork and exec, both make system calls only, and allocate nothing.
        unsafe { command.pre_exec(move || bind(parent).and_then(|()| release())) };
        let tried = format!("cannot start the tender {}", path.display());
        let child = command.spawn().map_err(unavailable(&tried))?;
        let pid = Pid::from_raw(child.id().cast_signed()).ok_or(io::Error::other("no process"));
        let process = pid.and_then(|pid| Ok(pidfd_open(pid, PidfdFlags::NONBLOCK)?));
        Ok(Self { child, process: process.map_err(unavailable(&tried))?, signal: None })
    }

    /// Returns the number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Takes the reading end of its standard error.
    pub(crate) fn take_error(&mut self) -> Result<ChildStderr, Failure> {
        self.child.stderr.take().ok_or_else(|| Failure::new("the tender has no standard error"))
    }

    /// Returns what becomes readable when it has ended.
    pub(crate) fn end(&self) -> io::Result<OwnedFd> {
        self.process.try_clone()
    }

    /// Passes a signal on. One that has ended meanwhile needs none.
    pub(crate) fn signal(&self, signal: Signal) {
        let _ = pidfd_send_signal(&self.process, signal);
    }

    /// Returns its status once it has ended.
    pub(crate) fn status(&mut self) -> Result<Option<Status>, Errno> {
        let ended = self.child.try_wait();
        let ended = ended.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        self.signal = ended.and_then(|ended| ended.signal());
        Ok(ended.map(status))
    }

    /// Returns what the guest has done if the kernel has ended it for that, before its tender could say so.
    pub(crate) fn deed(&self) -> Option<&'static str> {
        match self.signal? {
            libc::SIGTRAP => Some("a breakpoint without a debugger"),
            libc::SIGBUS => Some("an access to memory that the processor refuses"),
            libc::SIGSYS => Some("a system call of another ABI"),
            _ => None,
        }
    }
}

/// A tender must not go on where nobody stands beside it, whatever keeps this process from ending
/// it.
impl Drop for Tender {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn status(ended: ExitStatus) -> Status {
    let code = ended.code().or_else(|| Some(128 + ended.signal()?));
    Status(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

/// Binds the present process, which is about to become the tender, to `parent`.
fn bind(parent: Pid) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if rustix::process::getppid() != Some(parent) {
        return Err(io::ErrorKind::BrokenPipe.into()); // it ended before it was asked for
    }
    for signal in [libc::SIGTTIN, libc::SIGTTOU] {
        // SAFETY: ignoring a signal runs no code.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    Ok(())
}
