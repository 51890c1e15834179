//! What is measured of a Sarab and of a Linux that are guests of the same machine, and the table of both.

use anstyle::Style;

/// How often each figure is measured where other things disturb; what counts is the median.
pub(super) const ROUNDS: u32 = 3;

/// A page over and over again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages {
    pub(super) per_second: f64,
    /// The latency that half of the requests stayed under.
    pub(super) p50_us: f64,
    pub(super) cpu_us: f64,
}

/// Bytes in one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes {
    pub(super) mib_per_second: f64,
    pub(super) cpu_us: f64,
}

/// What was measured of a guest.
pub(super) struct Figures {
    pub(super) start_ms: f64,
    pub(super) ping_us: f64,
    pub(super) ping_cpu_us: f64,
    /// A connection for each page, from each server of the guest.
    pub(super) closed: Vec<Pages>,
    /// Connections that stay open.
    pub(super) kept: Pages,
    pub(super) taken: Bytes,
    pub(super) sent: Bytes,
}

/// Prints each figure of both below `title`, the ratio, and `notes`.
pub(super) fn print(title: &str, sarab: &Figures, linux: &Figures, notes: &str) {
    let bold = Style::new().bold();
    anstream::println!(
        "\n{bold}{title:<42} {:>10} {:>10} {:>12}{bold:#}",
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
    anstream::println!("{notes}");
}

fn pages(name: &str, sarab: &Pages, linux: &Pages) {
    row(name, sarab.per_second, linux.per_second);
    row("  p50 us", sarab.p50_us, linux.p50_us);
    row("  cpu us/page", sarab.cpu_us, linux.cpu_us);
}

fn row(name: &str, sarab: f64, linux: f64) {
    anstream::println!("{name:<42} {sarab:>10.1} {linux:>10.1} {:>12.2}", sarab / linux);
}

/// Measures `count` times and returns the one in the middle, by `key`.
pub(super) fn median<T: Copy>(
    count: u32,
    one: impl Fn() -> Result<T, String>,
    key: impl Fn(&T) -> f64,
) -> Result<T, String> {
    let mut all = (0..count).map(|_| one()).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| key(a).total_cmp(&key(b)));
    Ok(all[all.len() / 2])
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        let next = Cell::new(0);
        let one = || {
            next.set(next.get() + 1);
            Ok([5.0, 1.0, 9.0][next.get() - 1])
        };
        let median = median(3, one, |it| *it).expect("none fails");
        assert!((median - 5.0).abs() < 0.01);
        assert!(super::median(1, || Err::<f64, _>("no".into()), |it| *it).is_err());
    }
}
