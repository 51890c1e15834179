//! The least memory that a domain says its line with, and the size of its image.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anstyle::Style;

use crate::{
    Done,
    bench::{guest::PAGE, stream::answers},
    report,
};

/// What a domain is tried with, in MiB: a toolstack counts in them.
const TRIES: std::ops::Range<u32> = 2..64;
/// How long a domain may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How long a server may take to answer before it is asked anew.
const ATTEMPT: Duration = Duration::from_millis(500);

/// Prints both of hello and of the site.
pub(super) fn measure() -> Done {
    let bold = Style::new().bold();
    anstream::println!("\n{bold}{:<26} {:>10} {:>14}{bold:#}", "images", "KiB", "memory, MiB");
    for (name, works) in [("hello", hello as fn(u32) -> bool), ("site", site)] {
        let image = format!("/{name}-xen");
        let size = fs::metadata(&image).map_err(|error| format!("{image}: {error}"))?.len();
        let least = TRIES.clone().find(|mib| works(*mib));
        let least = least.map_or("-".into(), |mib| mib.to_string());
        anstream::println!("{name:<26} {:>10} {least:>14}", size / 1024);
    }
    anstream::println!("{NOTES}");
    Ok(())
}

/// Tells whether hello says its line and ends.
fn hello(mib: u32) -> bool {
    let words = ["/hello-xen", "--times", "1", "--pause", "0s"];
    Guest::start(mib, &words).is_some_and(|mut guest| guest.ended() == Some(true))
}

/// Tells whether the site gives a page.
fn site(mib: u32) -> bool {
    let words = ["--net", "service=bridge:br0", "/site-xen"];
    let Some(mut guest) = Guest::start(mib, &words) else { return false };
    let address = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 2), PAGE));
    while guest.is_running() {
        if answers(address, ATTEMPT) {
            return true;
        }
    }
    false
}

/// A guest of the tender. Dropping it ends it.
struct Guest {
    tender: Child,
    begun: Instant,
}

impl Guest {
    fn start(mib: u32, words: &[&str]) -> Option<Self> {
        let mut command = Command::new("/agent");
        command.args(["--memory", &format!("{mib}MiB")]).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let tender = command.spawn().ok()?;
        Some(Self { tender, begun: Instant::now() })
    }

    fn is_running(&mut self) -> bool {
        matches!(self.tender.try_wait(), Ok(None)) && self.begun.elapsed() < PATIENCE
    }

    /// Waits for its end; tells whether that was a good one.
    fn ended(&mut self) -> Option<bool> {
        while self.is_running() {
            thread::sleep(Duration::from_millis(100));
        }
        Some(self.tender.try_wait().ok()??.success())
    }
}

impl Drop for Guest {
    /// Asks it to end, twice if need be, so that the tender takes the domain away.
    fn drop(&mut self) {
        for _ in 0..2 {
            if !matches!(self.tender.try_wait(), Ok(None)) {
                return;
            }
            let _ = Command::new("kill").arg(self.tender.id().to_string()).status();
            let asked = Instant::now();
            while asked.elapsed() < GRACE && matches!(self.tender.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(50));
            }
        }
        if matches!(self.tender.try_wait(), Ok(None)) {
            report::failure("a domain does not end");
        }
    }
}

const NOTES: &str = "
image: without what is for debuggers. memory: the least `memory=` with which hello says its line, and the site gives a page.";
