//! What is measured in dom0.

use std::{net::SocketAddr, time::Duration};

use super::{
    domain::{Domain, Subject},
    linux, memory,
    pages::{self, Load},
};
use crate::{
    Done,
    bench::{
        figures::{self, Bytes, Figures, Pages, ROUNDS, median},
        guest::{CLOSED, HYPER, KEPT, PAGE, SINK, SOURCE},
        load::Manner,
        stream::{self, Moved},
    },
    report,
};

const LINUX: Subject = Subject {
    name: "linux",
    kernel: linux::KERNEL,
    disk: Some(linux::DISK),
    line: linux::LINE,
    host: 2,
};
const SITE: Subject =
    Subject { name: "site", kernel: "site-xen", disk: None, line: "--ipv4 10.0.0.3/24", host: 3 };
const STREAM: Subject = Subject {
    name: "stream",
    kernel: "stream-xen",
    disk: None,
    line: "--ipv4 10.0.0.4/24",
    host: 4,
};

/// How often a guest is started to learn how long that takes.
const STARTS: u32 = 3;
/// Pings of a round.
const PINGS: u32 = 500;

/// Measures both and prints the tables.
pub(in crate::bench) fn inside(seconds: u32) -> Done {
    report::step("starting domains");
    let start_ms = [SITE, LINUX].map(starts);
    let [site, stream, linux] = [SITE, STREAM, LINUX].map(Subject::start);
    let (site, stream, linux) = (site?, stream?, linux?);
    site.until_page(PAGE)?;
    stream.until_listening(SOURCE)?;
    linux.until_listening(SOURCE)?;
    let time = Duration::from_secs(seconds.into());
    report::step("pings");
    let pings = pings([&site, &linux])?;
    report::step("pages");
    let servers = [(&site, PAGE), (&linux, PAGE), (&linux, HYPER)];
    let [closed, busybox, hyper] = pages(servers, time, CLOSED)?;
    let kept = pages([(&site, PAGE), (&linux, HYPER)], time, KEPT)?;
    report::step("bytes");
    let sinks = [(&stream, SINK), (&linux, SINK)];
    let sources = [(&stream, SOURCE), (&linux, SOURCE)];
    let taken = bytes(sinks, time, stream::send)?;
    let sent = bytes(sources, time, stream::take)?;
    drop((site, stream, linux));
    let [sarab_start, linux_start] = start_ms;
    let figures = |index: usize, start_ms, closed| Figures {
        start_ms,
        ping_us: pings[index].0,
        ping_cpu_us: pings[index].1,
        closed,
        kept: kept[index],
        taken: taken[index],
        sent: sent[index],
    };
    let sarab = figures(0, sarab_start?, vec![closed]);
    let linux = figures(1, linux_start?, vec![busybox, hyper]);
    figures::print(TITLE, &sarab, &linux, NOTES);
    memory::measure()
}

/// Starts a domain often; returns the milliseconds from there to its first page.
fn starts(subject: Subject) -> Result<f64, String> {
    let one = || Ok(subject.start()?.until_page(PAGE)?.as_secs_f64() * 1e3);
    median(STARTS, one, |ms| *ms)
}

/// What was measured of a domain in all rounds, and the processor time that it has used meanwhile.
struct Rounds<T> {
    all: Vec<T>,
    used: Duration,
}

/// Measures servers in turn, a round each: if the host is busy with something else, it is so for all of them.
fn in_turn<T, const N: usize>(
    servers: [(&Domain, u16); N],
    one: impl Fn(&Domain, SocketAddr) -> Result<T, String>,
) -> Result<[Rounds<T>; N], String> {
    let mut rounds = servers.map(|_| Rounds { all: Vec::new(), used: Duration::ZERO });
    for _ in 0..ROUNDS {
        for ((domain, port), rounds) in servers.iter().zip(&mut rounds) {
            let before = domain.cpu()?;
            rounds.all.push(one(domain, domain.at(*port))?);
            rounds.used += domain.cpu()?.saturating_sub(before);
        }
    }
    Ok(rounds)
}

impl<T> Rounds<T> {
    /// Returns the one in the middle, by `key`.
    fn median(&mut self, key: impl Fn(&T) -> f64) -> &T {
        self.all.sort_by(|a, b| key(a).total_cmp(&key(b)));
        &self.all[self.all.len() / 2]
    }
}

/// Returns the microseconds that a ping takes to come back, and those of the processor.
fn pings(domains: [&Domain; 2]) -> Result<[(f64, f64); 2], String> {
    let rounds = in_turn(domains.map(|domain| (domain, 0)), |domain, _| domain.ping(PINGS))?;
    Ok(rounds.map(|mut rounds| {
        (*rounds.median(|us| *us), micros(rounds.used) / f64::from(PINGS * ROUNDS))
    }))
}

fn pages<const N: usize>(
    servers: [(&Domain, u16); N],
    time: Duration,
    manner: Manner,
) -> Result<[Pages; N], String> {
    for (domain, port) in servers {
        pages::ask(domain.at(port), Duration::from_secs(1), manner)?;
    }
    let rounds = in_turn(servers, |_, address| pages::ask(address, time, manner))?;
    Ok(rounds.map(|mut rounds| {
        let requests = rounds.all.iter().map(Load::requests).sum::<f64>();
        let cpu_us = micros(rounds.used) / requests;
        let middle = rounds.median(Load::per_second);
        Pages { per_second: middle.per_second(), p50_us: micros(middle.p50), cpu_us }
    }))
}

/// Moves bytes one way.
fn bytes(
    servers: [(&Domain, u16); 2],
    time: Duration,
    way: fn(SocketAddr, Duration) -> Result<Moved, String>,
) -> Result<[Bytes; 2], String> {
    let rounds = in_turn(servers, |_, address| way(address, time))?;
    let rate = |it: &Moved| it.mib() / it.took.as_secs_f64();
    Ok(rounds.map(|mut rounds| {
        let cpu_us = micros(rounds.used) / rounds.all.iter().map(|it| it.mib()).sum::<f64>();
        Bytes { mib_per_second: rate(rounds.median(rate)), cpu_us }
    }))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const TITLE: &str = "domains of Xen in QEMU, one core for all";
/// What the figures mean, printed below them.
const NOTES: &str = "
Both have 192 MiB and one card on the same bridge of dom0, where the load is. linux: Debian's kernel with the server that
is named; sarab: example/site and quality/measure/stream. Linux at its best: with mitigations=off, and with a kernel that
is unpacked, which the toolstack takes half a minute for here. start: with that of `xl create`, which makes the domain.
cpu: what Xen says that the domain has used, in tenths of a second, of all rounds. Medians of 3, measured in turn; of pages
by 16 connections. An instruction takes 8 ns, whatever it is, and whatever the host does.";
