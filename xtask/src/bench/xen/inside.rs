//! What is measured in dom0.

use std::{net::SocketAddr, time::Duration};

use super::{
    domain::{Domain, Subject},
    linux, memory, pages,
};
use crate::{
    Done,
    bench::{
        figures::{self, Bytes, Figures, Pages},
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

/// How many pings there are.
const PINGS: u32 = 1000;
/// How long a server is asked before it counts.
const FIRST: Duration = Duration::from_millis(300);

/// Measures both and prints the tables.
pub(in crate::bench) fn inside(seconds: u32) -> Done {
    report::step("starting domains");
    let linux = LINUX.start()?;
    let linux_start = linux.until_page(PAGE)?;
    let site = SITE.start()?;
    let site_start = site.until_page(PAGE)?;
    let stream = STREAM.start()?;
    stream.until_listening(SOURCE)?;
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
    let figures = |index: usize, start: Duration, closed| Figures {
        start_ms: start.as_secs_f64() * 1e3,
        ping_us: pings[index].0,
        ping_cpu_us: pings[index].1,
        closed,
        kept: kept[index],
        taken: taken[index],
        sent: sent[index],
    };
    let sarab = figures(0, site_start, vec![closed]);
    let linux = figures(1, linux_start, vec![busybox, hyper]);
    figures::print(TITLE, &sarab, &linux, NOTES);
    memory::measure()
}

/// Does something with each of several servers, and tells how much of the processor their domains have used meanwhile.
fn with_each<T, const N: usize>(
    servers: [(&Domain, u16); N],
    act: impl Fn(&Domain, SocketAddr) -> Result<T, String>,
) -> Result<[(T, f64); N], String> {
    let mut done = Vec::new();
    for (domain, port) in servers {
        let before = domain.cpu()?;
        let result = act(domain, domain.at(port))?;
        done.push((result, micros(domain.cpu()?.saturating_sub(before))));
    }
    done.try_into().map_err(|_| "there are as many as there were".into())
}

/// Returns the microseconds that a ping takes to come back, and those of the processor.
fn pings(domains: [&Domain; 2]) -> Result<[(f64, f64); 2], String> {
    let pings = with_each(domains.map(|domain| (domain, 0)), |domain, _| domain.ping(PINGS))?;
    Ok(pings.map(|(us, used_us)| (us, used_us / f64::from(PINGS))))
}

fn pages<const N: usize>(
    servers: [(&Domain, u16); N],
    time: Duration,
    manner: Manner,
) -> Result<[Pages; N], String> {
    for (domain, port) in servers {
        pages::ask(domain.at(port), FIRST, manner)?;
    }
    let loads = with_each(servers, |_, address| pages::ask(address, time, manner))?;
    Ok(loads.map(|(load, used_us)| Pages {
        per_second: load.per_second(),
        p50_us: micros(load.p50),
        cpu_us: used_us / load.requests(),
    }))
}

/// Moves bytes one way.
fn bytes(
    servers: [(&Domain, u16); 2],
    time: Duration,
    way: fn(SocketAddr, Duration) -> Result<Moved, String>,
) -> Result<[Bytes; 2], String> {
    let moved = with_each(servers, |_, address| way(address, time))?;
    Ok(moved.map(|(moved, used_us)| Bytes {
        mib_per_second: moved.mib() / moved.took.as_secs_f64(),
        cpu_us: used_us / moved.mib(),
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
cpu: what Xen says that the domain has used, in tenths of a second. Pages are asked for by 16 connections. Each is measured
once: an instruction takes 8 ns, whatever it is, and whatever the host does.";
