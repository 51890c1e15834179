//! A domain that runs on this host.

use std::{
    fs::{self, File},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

use sarab_abi::Status;
use sarab_guest::xl::Domain;
use sarab_lab::xen::Stream;
use sarab_monitor::Error;

use crate::{console::Console, folder::Folder, outside::say, signals, terminal, toolstack};

/// How long a console is silent that has said everything. The daemon behind it hands on 30 pieces in 200 ms.
const SILENCE: Duration = Duration::from_millis(300);
/// How long a piece of a line is held back, and how often is tried what did not work.
const PERIOD: Duration = Duration::from_millis(100);
/// Lines that are shown of what `xl` says when it fails.
const SHOWN: usize = 15;

/// What happens while a domain runs.
pub(crate) enum Event {
    /// Its console says something.
    Said(Vec<u8>),
    /// Its console is open, or has never been there.
    Listening,
    /// Somebody wants it to end.
    Signal,
    /// It has ended, or could not be started.
    Ended,
}

/// A domain that runs. Dropping it takes away what is left of it.
pub(crate) struct Guest {
    name: String,
    events: Receiver<Event>,
    folder: Folder,
}

impl Guest {
    /// Starts a domain, which stays until it is dropped.
    pub(crate) fn start(domain: &Domain) -> io::Result<Self> {
        let folder = Folder::make()?;
        let config = folder.0.join("config");
        fs::write(&config, domain.to_string())?;
        let (to, events) = sync_channel(16);
        let signal = to.clone();
        signals::watch(move |_| signal.send(Event::Signal).is_ok())?;
        let has_ended = Arc::new(AtomicBool::new(false));
        let mut child = toolstack::create(&config, &File::create(folder.log())?)?;
        let (end, ended) = (to.clone(), Arc::clone(&has_ended));
        thread::spawn(move || {
            let _ = child.wait();
            ended.store(true, Ordering::Relaxed);
            let _ = end.send(Event::Ended);
        });
        let name = domain.name.to_owned();
        thread::spawn(move || terminal::listen(&name, &has_ended, &to));
        Ok(Self { name: domain.name.into(), events, folder })
    }

    /// Shows what the guest says and passes signals on until it has ended; returns its status.
    pub(crate) fn attend(self) -> Result<i32, Error> {
        let mut console = Console::default();
        let (mut asked, mut has_ended, mut is_listening) = (Asked::No, false, false);
        loop {
            let limit = if console.holds_something() || asked == Asked::Wanted {
                PERIOD
            } else if has_ended && is_listening {
                SILENCE
            } else {
                Duration::MAX
            };
            match next(&self.events, limit) {
                Ok(Event::Said(piece)) => console.take(&piece, &mut say),
                Ok(Event::Listening) => is_listening = true,
                Ok(Event::Ended) => has_ended = true,
                Ok(Event::Signal) if asked == Asked::No => asked = Asked::Wanted,
                Ok(Event::Signal) => return Ok(Status::Interrupted as i32),
                Err(_) if console.holds_something() => console.release(&mut say),
                Err(_) if has_ended && is_listening => return self.status(),
                Err(_) => {}
            }
            // It cannot be asked before it is there, and once it has a console it is all there.
            if asked == Asked::Wanted && is_listening && toolstack::shutdown(&self.name).is_ok() {
                asked = Asked::Yes;
            }
        }
    }

    /// Returns the status of a guest that has ended.
    fn status(&self) -> Result<i32, Error> {
        let log = fs::read(self.folder.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let Some(number) = toolstack::number(&self.name) else {
            let text = format_args!("xl cannot start the guest:{}", last_lines(&log));
            return Err(Error::unavailable(text));
        };
        let status = toolstack::read(number, "data/status").and_then(|it| it.parse::<u8>().ok());
        match (status, reason(&log)) {
            (Some(status), _) => Ok(i32::from(status)),
            (None, Some(POWEROFF)) => Ok(0),
            (None, reason) => {
                let reason =
                    reason.map_or("for no known reason".into(), |it| format!("for reason {it}"));
                let text = format!("crash: the guest was stopped {reason} and says no status\n");
                say(Stream::Error, text.as_bytes());
                Ok(Status::Fault as i32)
            }
        }
    }
}

/// Whether the guest was asked to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    Wanted,
    Yes,
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Err(why) = toolstack::destroy(&self.name)
            && toolstack::number(&self.name).is_some()
        {
            eprintln!("{}: the domain {} is still there: {why}", crate::NAME, self.name);
        }
    }
}

fn next(events: &Receiver<Event>, limit: Duration) -> Result<Event, RecvTimeoutError> {
    match limit {
        Duration::MAX => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        limit => events.recv_timeout(limit),
    }
}

/// `SHUTDOWN_poweroff` of Xen (`include/public/sched.h`).
const POWEROFF: u32 = 0;

/// Reads why a domain was stopped from what `xl` says of it.
fn reason(log: &str) -> Option<u32> {
    let (_, rest) = log.split_once("has shut down, reason code ")?;
    rest.split(' ').next()?.parse().ok()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    last.iter().flat_map(|line| ["\n  ", line]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_xl_says() {
        let log = "Parsing config from x\nDomain 3 has shut down, reason code 3 0x3\nAction ..\n";
        assert_eq!(reason(log), Some(3));
        assert_eq!(reason("libxl: error\n"), None);
    }

    #[test]
    fn the_last_lines_are_shown() {
        let text = ["first\n", &"line\n".repeat(14), "last\n"].concat();
        assert_eq!(last_lines(&text), ["\n  line".repeat(14), "\n  last".into()].concat());
        assert_eq!(last_lines(""), "");
    }
}
