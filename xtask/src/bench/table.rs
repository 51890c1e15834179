//! The table that people read.

use std::time::Duration;

use anstyle::Style;

/// One server of the page.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) network: &'static str,
    pub(super) start: Duration,
    pub(super) requests_per_second: f64,
    pub(super) cpu_per_request: Duration,
    pub(super) p50: String,
    pub(super) p99: String,
    pub(super) errors: String,
}

/// Prints the rows, each with its ratio to the first: above 1 is better than ourselves.
pub(super) fn print(rows: &[Row]) {
    let bold = Style::new().bold();
    let Some(first) = rows.first() else { return };
    anstream::println!(
        "\n{bold}{:<26} {:<9} {:>9} {:>11} {:>6} {:>12} {:>6} {:>9} {:>9}  errors{bold:#}",
        "one page, one core",
        "over",
        "start ms",
        "requests/s",
        "ratio",
        "cpu us/req",
        "ratio",
        "p50",
        "p99",
    );
    for row in rows {
        anstream::println!(
            "{:<26} {:<9} {:>9.2} {:>11.0} {:>6.2} {:>12.2} {:>6.2} {:>9} {:>9}  {}",
            row.name,
            row.network,
            row.start.as_secs_f64() * 1e3,
            row.requests_per_second,
            row.requests_per_second / first.requests_per_second,
            micros(row),
            micros(row) / micros(first),
            row.p50,
            row.p99,
            row.errors,
        );
    }
    anstream::println!("{NOTES}");
}

fn micros(row: &Row) -> f64 {
    row.cpu_per_request.as_secs_f64() * 1e6
}

/// What the figures mean, printed below them.
const NOTES: &str = "
sarab and hyper are built with CARGO_PROFILE_RELEASE_LTO=fat and one codegen unit, nginx is Debian's.
start: from exec to the first connection taken, median of 21.
ratio: the line's figure over that of the first line; for requests/s more is better, for cpu less.
cpu: processor time of the server and its workers, in user and system mode, over the requests. Over
a tap the kernel does its part of the work in the load generator's time as well as in the server's.";
