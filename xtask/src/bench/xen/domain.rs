//! A domain, and how much of the processor it has used.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    time::{Duration, Instant},
};

use sarab_lab::process::run;

use super::DOMAIN_MIB;
use crate::bench::stream;

/// What is started as a domain.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    /// The name of the domain.
    pub(super) name: &'static str,
    /// The image or the kernel, and its memory disk.
    pub(super) kernel: &'static str,
    pub(super) disk: Option<&'static str>,
    /// The command line.
    pub(super) line: &'static str,
    /// The last number of its address.
    pub(super) host: u8,
}

/// A domain. Dropping it destroys it.
pub(super) struct Domain {
    subject: Subject,
    begun: Instant,
}

/// How long a domain may take to be ready.
const PATIENCE: Duration = Duration::from_mins(3);
/// How long it may take to answer before it is asked anew.
const ATTEMPT: Duration = Duration::from_millis(200);

impl Subject {
    /// Starts it.
    pub(super) fn start(self) -> Result<Domain, String> {
        let (name, host) = (self.name, self.host);
        let mac = format!("00:16:3e:00:00:{host:02x}");
        // Known beforehand, so that nobody waits for an answer that comes too early to be heard.
        arp(&[&self.ip().to_string(), &mac])?;
        let disk = self.disk.map(|disk| format!("ramdisk = '/{disk}'\n")).unwrap_or_default();
        let config = format!(
            "name = '{name}'\ntype = 'pvh'\nkernel = '/{}'\n{disk}cmdline = '{}'\nmemory = {DOMAIN_MIB}\n\
             vcpus = 1\ntsc_mode = 'native'\nvif = [ 'bridge=br0,mac={mac}' ]\n",
            self.kernel, self.line,
        );
        let file = format!("/{name}.cfg");
        fs::write(&file, config).map_err(|error| format!("{file}: {error}"))?;
        let begun = Instant::now();
        run("xl create", Command::new("xl").args(["create", "-q", &file]))?;
        Ok(Domain { subject: self, begun })
    }

    fn ip(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 0, 0, self.host)
    }
}

fn arp(words: &[&str]) -> Result<(), String> {
    run("arp", Command::new("arp").arg("-s").args(words)).map(drop)
}

impl Domain {
    /// Returns the address of a port of it.
    pub(super) fn at(&self, port: u16) -> SocketAddr {
        (self.subject.ip(), port).into()
    }

    /// Waits until the server at `port` has given a page; returns the time from the start.
    pub(super) fn until_page(&self, port: u16) -> Result<Duration, String> {
        self.until(|| stream::answers(self.at(port), ATTEMPT))
    }

    /// Waits until somebody listens at `port`.
    pub(super) fn until_listening(&self, port: u16) -> Result<Duration, String> {
        self.until(|| stream::connect(self.at(port), ATTEMPT).is_ok())
    }

    fn until(&self, is_ready: impl Fn() -> bool) -> Result<Duration, String> {
        while !is_ready() {
            if self.begun.elapsed() > PATIENCE {
                return Err(format!("{} is not ready after {PATIENCE:?}", self.subject.name));
            }
        }
        Ok(self.begun.elapsed())
    }

    /// Returns the processor time that it has used, in tenths of a second.
    pub(super) fn cpu(&self) -> Result<Duration, String> {
        let name = self.subject.name;
        let said = run("xl list", Command::new("xl").args(["list", name]))?;
        seconds(&said).ok_or_else(|| format!("xl list: what is `{said}`?"))
    }

    /// Returns the microseconds that a ping takes to come back, of `count`, each sent when the last has come back.
    pub(super) fn ping(&self, count: u32) -> Result<f64, String> {
        let mut command = Command::new("ping");
        let said = run(
            "ping",
            command.args(["-q", "-A", "-c", &count.to_string()]).arg(self.subject.ip().to_string()),
        )?;
        round_trip_us(&said).ok_or_else(|| format!("ping: {said}"))
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        let _ = run("xl destroy", Command::new("xl").args(["destroy", self.subject.name]));
    }
}

/// Reads the last column of the last line of `xl list`.
fn seconds(said: &str) -> Option<Duration> {
    let last = said.lines().last()?.split_whitespace().last()?;
    Duration::try_from_secs_f64(last.parse().ok()?).ok()
}

/// Reads the mean of what busybox's ping says at its end.
fn round_trip_us(said: &str) -> Option<f64> {
    let (_, times) = said.split_once("min/avg/max = ")?;
    Some(times.split('/').nth(1)?.parse::<f64>().ok()? * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xl_and_ping_print_is_read() {
        let said = "Name                                        ID   Mem VCPUs\tState\tTime(s)\n\
            linux                                        2   192     1     -b----      12.5\n";
        assert_eq!(seconds(said), Some(Duration::from_millis(12_500)));
        assert_eq!(seconds("error\n"), None);
        let said = "2 packets transmitted, 2 packets received, 0% packet loss\n\
            round-trip min/avg/max = 6.040/7.500/9.041 ms\n";
        assert!((round_trip_us(said).expect("it is there") - 7500.0).abs() < 0.01);
    }
}
