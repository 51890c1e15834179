//! Sarab and Linux as guests of the same machine: QEMU without KVM, on one core, with the load on another.
//!
//! QEMU's translator makes each instruction of a guest cost about the same, wherever it runs; so what is compared
//! is how much a guest has to do for a page or a byte, and how often it asks the machine for something.

use std::{net::SocketAddr, process::Command, time::Duration};

use super::{
    Bench, echo,
    figures::{self, Bytes, Figures, Pages, ROUNDS, median},
    image::{Need, image},
    load::{self, Load, Manner},
    network,
    server::Server,
    stream,
};
use crate::{Done, report};

pub(super) mod linux;
mod machine;

use machine::Machine;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Image("site-virtio"),
    Need::Image("stream-virtio"),
    Need::Tender("qemu"),
    Need::StaticHyper,
    Need::Process("stream"),
    Need::Linux,
];

/// Ports of the servers: that of the site and of busybox, that of hyper, and those of streams.
pub(super) const PAGE: u16 = 8080;
pub(super) const HYPER: u16 = 8082;
pub(super) const SINK: u16 = 5001;
pub(super) const SOURCE: u16 = 5002;

/// How often a guest is started to learn how long that takes.
const STARTS: u32 = 5;
/// How long a guest may take to answer before it is asked anew.
const ATTEMPT: Duration = Duration::from_millis(20);
/// Pings of a round.
const PINGS: u32 = 1000;

/// How pages are asked for: by a few, since a guest of the translator is slow.
pub(super) const KEPT: Manner = Manner { connections: 16, closes: false };
pub(super) const CLOSED: Manner = Manner { closes: true, ..KEPT };

/// What stands over the table.
const TITLE: &str = "guests of QEMU without KVM, one core";
/// What the figures mean, printed below them.
const NOTES: &str = "
Both have the machine q35 with 256 MiB, the same card on the same tap, and one core. linux: Debian's kernel for
virtual machines, with the server that is named; sarab: example/site and quality/measure/stream. Linux at its best: with
mitigations=off, and without erms, by which it copies a byte at a time here. cpu: time of the processor that QEMU uses.
Medians of 3, of 5 for starts; of pages by 16 connections.";

/// Measures both and prints the table.
pub(super) fn measure(bench: &Bench<'_>) -> Done {
    stay_off_the_guests_core()?;
    let machine = Machine::of(bench.root)?;
    network::keep_neighbour("10.0.0.2", machine.mac()?)?;
    report::step("measuring sarab");
    let sarab = sarab(bench, &machine)?;
    report::step("measuring linux");
    let linux = linux(bench, &machine)?;
    figures::print(TITLE, &sarab, &linux, NOTES);
    Ok(())
}

/// Moves this process to the core of the load.
fn stay_off_the_guests_core() -> Done {
    let id = std::process::id().to_string();
    let output = Command::new("taskset").args(["--pid", "--cpu-list", load::CORE, &id]).output();
    let is_done = output.is_ok_and(|output| output.status.success());
    is_done.then_some(()).ok_or_else(|| "taskset cannot move this process".into())
}

/// Two images, one after the other.
fn sarab(bench: &Bench<'_>, machine: &Machine) -> Result<Figures, String> {
    let site = machine.sarab(&image(bench.root, "site-virtio"));
    let start_ms = starts("sarab", &site)?;
    let guest = start("sarab", &site, PAGE)?;
    let (ping_us, ping_cpu_us) = pings(&guest)?;
    let closed = vec![pages(&guest, PAGE, bench.seconds, CLOSED)?];
    let kept = pages(&guest, PAGE, bench.seconds, KEPT)?;
    drop(guest);
    let guest = start("sarab", &machine.sarab(&image(bench.root, "stream-virtio")), SOURCE)?;
    let (taken, sent) = streams(&guest, bench.seconds)?;
    Ok(Figures { start_ms, ping_us, ping_cpu_us, closed, kept, taken, sent })
}

/// All servers in one guest; they sleep until they are asked.
fn linux(bench: &Bench<'_>, machine: &Machine) -> Result<Figures, String> {
    let linux = linux::line(bench.root, machine);
    let start_ms = starts("linux", &linux)?;
    let guest = start("linux", &linux, SOURCE)?;
    let (ping_us, ping_cpu_us) = pings(&guest)?;
    let closed = [PAGE, HYPER].map(|port| pages(&guest, port, bench.seconds, CLOSED));
    let closed = closed.into_iter().collect::<Result<_, _>>()?;
    let kept = pages(&guest, HYPER, bench.seconds, KEPT)?;
    let (taken, sent) = streams(&guest, bench.seconds)?;
    Ok(Figures { start_ms, ping_us, ping_cpu_us, closed, kept, taken, sent })
}

/// Starts a guest often; returns the milliseconds from there to its first page.
fn starts(name: &str, words: &[String]) -> Result<f64, String> {
    let one = || {
        let guest = Server::start_until(name, words, || stream::answers(at(PAGE), ATTEMPT))?;
        Ok(guest.until_ready.as_secs_f64() * 1e3)
    };
    median(STARTS, one, |ms| *ms)
}

/// Starts a guest and waits until it listens on `port`.
fn start(name: &str, words: &[String], port: u16) -> Result<Server, String> {
    Server::start_until(name, words, || stream::connect(at(port), ATTEMPT).is_ok())
}

/// Returns the microseconds that a ping takes to come back, and those of the processor.
fn pings(guest: &Server) -> Result<(f64, f64), String> {
    let one = || {
        let before = guest.cpu()?;
        let took = echo::flood(PINGS)?.took;
        Ok((micros(took) / f64::from(PINGS), micros(used(guest, before)?) / f64::from(PINGS)))
    };
    median(ROUNDS, one, |(us, _)| *us)
}

fn pages(guest: &Server, port: u16, seconds: u32, manner: Manner) -> Result<Pages, String> {
    load::ask(at(port), 1, manner)?;
    let one = || {
        let before = guest.cpu()?;
        let Load { requests, requests_per_second, p50, errors, .. } =
            load::ask(at(port), seconds, manner)?;
        if errors != "none" {
            report::failure(&format!("port {port}: {errors}"));
        }
        let p50_us = load::micros(&p50).ok_or_else(|| format!("wrk: what is `{p50}`?"))?;
        #[expect(clippy::cast_precision_loss, reason = "it is far from 2 to the 53")]
        let cpu_us = micros(used(guest, before)?) / requests.max(1) as f64;
        Ok(Pages { per_second: requests_per_second, p50_us, cpu_us })
    };
    median(ROUNDS, one, |pages| pages.per_second)
}

/// Measures both directions: to the guest, and from it.
fn streams(guest: &Server, seconds: u32) -> Result<(Bytes, Bytes), String> {
    let time = Duration::from_secs(seconds.into());
    let one = |stream: &dyn Fn() -> Result<stream::Moved, String>| {
        let before = guest.cpu()?;
        let moved = stream()?;
        let cpu_us = micros(used(guest, before)?) / moved.mib();
        Ok(Bytes { mib_per_second: moved.mib() / moved.took.as_secs_f64(), cpu_us })
    };
    let of = |stream: &dyn Fn() -> Result<stream::Moved, String>| {
        median(ROUNDS, || one(stream), |bytes: &Bytes| bytes.mib_per_second)
    };
    Ok((of(&|| stream::send(at(SINK), time))?, of(&|| stream::take(at(SOURCE), time))?))
}

fn used(guest: &Server, before: Duration) -> Result<Duration, String> {
    Ok(guest.cpu()?.saturating_sub(before))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn at(port: u16) -> SocketAddr {
    (network::GUEST, port).into()
}
