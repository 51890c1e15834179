//! A machine that runs.

use std::{
    fs, io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{Error, Job, Lab, dom0, machine, scratch::Scratch};
use crate::{frame::Frame, progress::Progress};

/// How long booting may take. On a busy host it takes some minutes.
const BOOT: Duration = Duration::from_mins(5);
/// Lines that are shown of each log when something went wrong.
const SHOWN: usize = 15;
/// The status of a process that was told to end twice.
const INTERRUPTED: u8 = 130;

/// What happens while a machine runs.
pub enum Event {
    /// The machine says something, or nothing more.
    Frame(io::Result<Frame>),
    /// Somebody wants the program in the machine to end.
    Signal(u8),
}

/// Where a piece belongs that the program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The standard output.
    Output,
    /// The standard error.
    Error,
}

/// A machine. Dropping it ends it.
pub struct Machine {
    child: Child,
    input: ChildStdin,
    /// What it needs and leaves behind, until it is dropped.
    scratch: Scratch,
    /// Where the log stays.
    log: PathBuf,
    step: &'static str,
    limit: Option<Duration>,
}

impl Lab {
    /// Boots a machine for `job`, whose events go to `events`. It ends with this thread, at the latest.
    pub fn boot(
        &self,
        job: &Job,
        events: SyncSender<Event>,
        progress: &mut Progress,
    ) -> Result<Machine, Error> {
        progress.step("building dom0");
        let disk = dom0::memory_disk(self, job).map_err(Error::Broken)?;
        let cannot = |error| Error::Broken(format!("{}: {error}", self.folder.display()));
        let scratch = Scratch::make(&self.folder).map_err(cannot)?;
        progress.step("booting Xen");
        let mut child = self.spawn(job, &scratch.folder, &disk).map_err(cannot)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both were asked for");
        };
        thread::spawn(move || listen(output, &events));
        let log = self.folder.join("xen.log");
        Ok(Machine { child, input, scratch, log, step: job.step, limit: job.limit })
    }

    fn spawn(&self, job: &Job, folder: &Path, disk: &[u8]) -> io::Result<Child> {
        let memory_disk = folder.join("dom0");
        fs::write(&memory_disk, disk)?;
        let files = machine::Files {
            hypervisor: &self.hypervisor,
            linux: &self.linux,
            memory_disk: &memory_disk,
            log: &folder.join("log"),
        };
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args(machine::words(&files, job, disk.len() as u64))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(folder.join("qemu"))?)
            // Ctrl-C is for this process, which passes it on.
            .process_group(0);
        let parent = rustix::process::getpid();
        // SAFETY: between fork and exec it makes system calls only, and allocates nothing.
        unsafe { command.pre_exec(move || bind(parent)) };
        command.spawn()
    }
}

/// Binds the present process, which is about to become QEMU, to `parent`.
fn bind(parent: rustix::process::Pid) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if rustix::process::getppid() != Some(parent) {
        return Err(io::ErrorKind::BrokenPipe.into()); // it ended before it was asked for
    }
    Ok(())
}

/// Sends what comes from the machine, until it has ended or nobody listens any more.
fn listen(mut output: ChildStdout, events: &SyncSender<Event>) {
    loop {
        let frame = Frame::read(&mut output);
        let is_last = frame.is_err();
        if events.send(Event::Frame(frame)).is_err() || is_last {
            return;
        }
    }
}

impl Machine {
    /// Waits until the program has ended, and returns its status. `hear` is given what it says.
    ///
    /// The first signal that arrives in `events` is passed on to it; a second one, or one that arrives before
    /// it runs, ends the machine, with status 130.
    pub fn attend(
        mut self,
        events: &Receiver<Event>,
        progress: &mut Progress,
        mut hear: impl FnMut(Stream, &[u8]),
    ) -> Result<u8, Error> {
        let mut until = Some(Instant::now() + BOOT);
        let (mut has_started, mut is_asked) = (false, false);
        loop {
            match next(events, until) {
                Ok(Event::Frame(Ok(frame))) => match frame {
                    Frame::Started => {
                        has_started = true;
                        until = self.limit.map(|limit| Instant::now() + limit);
                        progress.step(self.step);
                    }
                    Frame::Output(piece) => {
                        progress.clear();
                        hear(Stream::Output, &piece);
                    }
                    Frame::Error(piece) => {
                        progress.clear();
                        hear(Stream::Error, &piece);
                    }
                    Frame::Ended(status) => return Ok(status),
                    Frame::Signal(_) => {}
                },
                Ok(Event::Signal(number)) if has_started && !is_asked => {
                    is_asked = true;
                    let sent = Frame::Signal(number).write(&self.input);
                    sent.map_err(|error| self.broken(&format!("it does not listen: {error}")))?;
                }
                Ok(Event::Signal(_)) => return Ok(INTERRUPTED),
                Ok(Event::Frame(Err(_))) | Err(RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait();
                    let status = status.map_or_else(|error| error.to_string(), |it| it.to_string());
                    return Err(self.broken(&format!("the machine ended with {status}")));
                }
                Err(RecvTimeoutError::Timeout) if has_started => {
                    return Err(self.broken("what runs in the machine takes too long"));
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.broken("the machine does not boot"));
                }
            }
        }
    }

    /// Returns an error with the last words of the machine.
    fn broken(&self, what: &str) -> Error {
        let log = format!("Xen and dom0 (all of it is in {})", self.log.display());
        let said = [("qemu", "QEMU"), ("log", &log)].map(|(file, title)| {
            let bytes = fs::read(self.scratch.folder.join(file)).unwrap_or_default();
            last_lines(title, &String::from_utf8_lossy(&bytes))
        });
        Error::Broken([what, &said.concat()].concat())
    }
}

/// Returns the last lines of `text` below a title, each behind a line break; nothing where there are none.
fn last_lines(title: &str, text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    let title = last.first().map_or(vec![], |_| vec!["\nlast lines of ", title, ":"]);
    title.into_iter().chain(last.iter().flat_map(|line| ["\n  ", line])).collect()
}

fn next(events: &Receiver<Event>, until: Option<Instant>) -> Result<Event, RecvTimeoutError> {
    match until {
        Some(until) => events.recv_timeout(until.saturating_duration_since(Instant::now())),
        None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::rename(self.scratch.folder.join("log"), &self.log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_shown_from_behind_and_only_if_it_says_something() {
        let text = "line\r\n".repeat(20);
        let expected = ["\nlast lines of QEMU:".into(), "\n  line".repeat(SHOWN)].concat();
        assert_eq!(last_lines("QEMU", &text), expected);
        assert_eq!(last_lines("QEMU", ""), "");
    }
}
