//! A domain on this host, which is Xen's.

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use sarab_abi::Status;
use sarab_domain::{Domain, End};
use sarab_lab::process::find;
use sarab_monitor::{Error, attach, attach::Devices, command::Command, words::command_line};

use crate::{
    backend::{Disk, bridge},
    console::Console,
    outside::say,
    signals, toolstack,
};

/// How long a console is silent that has said everything. The daemon behind it hands on 30 pieces in 200 ms.
const SILENCE: Duration = Duration::from_millis(300);
/// How often is looked for what there is no word of.
const PERIOD: Duration = Duration::from_millis(100);
/// How long the console of a domain may be missing.
const CONSOLE: Duration = Duration::from_secs(5);
/// Lines that are shown of what `xl` says when it fails.
const SHOWN: usize = 15;

/// Tells whether this host is a dom0 with a toolstack.
pub(crate) fn is_here() -> bool {
    let said = fs::read_to_string("/proc/xen/capabilities").unwrap_or_default();
    said.split_whitespace().any(|word| word == "control_d") && find("xl").is_some()
}

/// Runs the image of `command` and returns its status.
pub(crate) fn run(command: &Command, devices: &Devices, words: &[&str]) -> Result<i32, Error> {
    let bridges = devices.cards.iter().map(|(name, backend)| bridge(name, backend));
    let bridges = bridges.collect::<Result<Vec<_>, _>>()?;
    let disks = devices.disks.iter().map(|(name, file)| Disk::find(name, file));
    let disks = disks.collect::<Result<Vec<_>, _>>()?;
    let variables = attach::variables(&command.variables);
    let image = fs::canonicalize(&command.image)
        .map_err(|error| Error::usage(format_args!("{}: {error}", command.image.display())))?;
    let domain = Domain {
        name: &name(&image, process::id()),
        image: &image.to_string_lossy(),
        command_line: &command_line(variables.iter().map(String::as_str), words.iter().copied()),
        memory_bytes: command.memory_bytes,
        bridges,
        disks: disks.iter().map(|disk| disk.told()).collect(),
        end: End::Preserve,
    };
    let guest =
        Guest::start(&domain).map_err(|error| Error::unavailable(format_args!("xl: {error}")))?;
    guest.attend()
}

impl Disk {
    fn told(&self) -> sarab_domain::Disk<'_> {
        sarab_domain::Disk { file: &self.file, is_writable: self.is_writable }
    }
}

/// Returns a name for a domain that no other has, from the name of its image.
fn name(image: &Path, process: u32) -> String {
    let stem = image.file_stem().unwrap_or_default().to_string_lossy();
    let letters = stem.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').take(40);
    format!("sarab-{}-{process}", letters.collect::<String>())
}

/// What happens while a domain runs.
enum Event {
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
struct Guest {
    name: String,
    events: Receiver<Event>,
    folder: Folder,
}

impl Guest {
    fn start(domain: &Domain) -> io::Result<Self> {
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
        thread::spawn(move || listen(&name, &has_ended, &to));
        Ok(Self { name: domain.name.into(), events, folder })
    }

    /// Shows what the guest says and passes signals on until it has ended; returns its status.
    fn attend(self) -> Result<i32, Error> {
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
                say(sarab_lab::xen::Stream::Error, text.as_bytes());
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

/// Sends what the console of the domain `name` says, once there is one.
fn listen(name: &str, has_ended: &AtomicBool, to: &SyncSender<Event>) {
    let console = find_console(name, has_ended);
    let _ = to.send(Event::Listening);
    let Some(mut console) = console else { return };
    let mut piece = vec![0; 16 << 10];
    while let Ok(size @ 1..) = console.read(&mut piece) {
        if to.send(Event::Said(piece[..size].into())).is_err() {
            return;
        }
    }
}

/// Waits for the console, which is a terminal that a daemon makes for the domain. A domain that has ended still
/// has it.
fn find_console(name: &str, has_ended: &AtomicBool) -> Option<File> {
    let mut periods = CONSOLE.as_millis() / PERIOD.as_millis();
    while periods > 0 {
        let is_last = has_ended.load(Ordering::Relaxed);
        match toolstack::number(name) {
            Some(number) => {
                periods -= 1;
                let terminal = toolstack::read(number, "console/tty").filter(|it| !it.is_empty());
                if let Some(Ok(console)) = terminal.map(open) {
                    return Some(console);
                }
            }
            None if is_last => return None,
            None => {}
        }
        thread::sleep(PERIOD);
    }
    None
}

fn open(terminal: String) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(terminal)
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

/// A folder that only this user can read, since the command line may be a secret. Dropping it removes it.
struct Folder(PathBuf);

impl Folder {
    fn make() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("sarab-xl-{}", process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }

    fn log(&self) -> PathBuf {
        self.0.join("log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_named_after_its_image() {
        assert_eq!(name(Path::new("/a/my site_1.elf"), 7), "sarab-mysite1-7");
    }

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
