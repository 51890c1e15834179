//! The terminal that a daemon makes for the console of a domain.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread,
    time::Duration,
};

use crate::{guest::Event, toolstack};

/// How often is looked for what there is no word of.
const PERIOD: Duration = Duration::from_millis(100);
/// How long the console of a domain may be missing.
const CONSOLE: Duration = Duration::from_secs(5);

/// Sends what the console of the domain `name` says, once there is one.
pub(crate) fn listen(name: &str, has_ended: &AtomicBool, to: &SyncSender<Event>) {
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
