//! QEMU, as a child of this process.

use std::{
    ffi::OsString,
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};
use sarab_monitor::Error;

use crate::unavailable;

/// Starts QEMU by `words`, its name first, so that it ends when this thread does.
///
/// Its standard streams are pipes: a terminal stays as it is. It is a process group of its own, so a signal
/// from the keyboard is not for it.
pub(crate) fn start(words: &[OsString]) -> Result<Child, Error> {
    let (name, options) = words.split_first().ok_or_else(|| Error::usage("no program"))?;
    let mut command = Command::new(name);
    command.args(options).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let parent = getpid();
    // SAFETY: between fork and exec, it makes system calls only, and allocates nothing.
    unsafe { command.pre_exec(move || bind(parent)) };
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::unavailable(format_args!(
            "there is no `{}` on this host; install the package `qemu-system-x86` (Debian, Arch, Fedora) or \
             `qemu-system-x86_64` (Alpine)",
            name.display()
        )),
        _ => unavailable(&format!("cannot start {}", name.display()), error),
    })
}

/// Binds the present process, which is about to become QEMU, to `parent`.
fn bind(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(parent) {
        return Err(io::ErrorKind::BrokenPipe.into()); // it ended before it was asked for
    }
    Ok(())
}
