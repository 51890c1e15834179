//! The table of both guests.

use anstyle::Style;

use super::Figures;

/// Prints each figure of both, and the ratio.
pub(super) fn print(sarab: &Figures, linux: &Figures) {
    let bold = Style::new().bold();
    anstream::println!(
        "\n{bold}{:<42} {:>10} {:>10} {:>12}{bold:#}",
        "guests of QEMU without KVM, one core",
        "sarab",
        "linux",
        "sarab/linux",
    );
    row("start to the first page, ms", sarab.start_ms, linux.start_ms);
    row("ping, us", sarab.ping_us, linux.ping_us);
    row("  cpu us", sarab.ping_cpu_us, linux.ping_cpu_us);
    let closed =
        ["page/s, each its connection (busybox httpd)", "page/s, each its connection (hyper)"];
    for (name, linux) in closed.into_iter().zip(&linux.closed) {
        pages(name, &sarab.closed[0], linux);
    }
    pages("page/s, kept connections (hyper)", &sarab.kept, &linux.kept);
    row("bytes to the guest, MiB/s", sarab.taken.mib_per_second, linux.taken.mib_per_second);
    row("  cpu us/MiB", sarab.taken.cpu_us, linux.taken.cpu_us);
    row("bytes from the guest, MiB/s", sarab.sent.mib_per_second, linux.sent.mib_per_second);
    row("  cpu us/MiB", sarab.sent.cpu_us, linux.sent.cpu_us);
    anstream::println!("{NOTES}");
}

fn pages(name: &str, sarab: &super::Pages, linux: &super::Pages) {
    row(name, sarab.per_second, linux.per_second);
    row("  p50 us", sarab.p50_us, linux.p50_us);
    row("  cpu us/page", sarab.cpu_us, linux.cpu_us);
}

fn row(name: &str, sarab: f64, linux: f64) {
    anstream::println!("{name:<42} {sarab:>10.1} {linux:>10.1} {:>12.2}", sarab / linux);
}

/// What the figures mean, printed below them.
const NOTES: &str = "
Both have the machine q35 with 256 MiB, the same card on the same tap, and one core. linux: Debian's kernel for
virtual machines, with the server that is named; sarab: example/site and quality/measure/stream. Linux at its best: with
mitigations=off, and without erms, by which it copies a byte at a time here. cpu: time of the processor that QEMU uses.
Medians of 3, of 5 for starts; of pages by 16 connections.";
