//! The load: wrk, on a core of its own, over connections that stay open.

use std::{net::SocketAddr, process::Command};

/// The core that the load generator runs on.
pub(super) const CORE: &str = "1";
/// How it is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Connections that ask at the same time.
    pub(super) connections: u32,
    /// Whether each question has a connection of its own.
    pub(super) closes: bool,
}

/// How servers on the host are asked.
const BUSY: Manner = Manner { connections: 100, closes: false };

/// What the load generator saw.
pub(super) struct Load {
    pub(super) requests: u64,
    pub(super) requests_per_second: f64,
    /// The latency that half of the requests stayed under, as wrk prints it.
    pub(super) p50: String,
    /// The latency that 99 of 100 stayed under.
    pub(super) p99: String,
    /// What went wrong, if anything did.
    pub(super) errors: String,
}

/// Asks for the page at `address` for so many seconds.
pub(super) fn run(address: SocketAddr, seconds: u32) -> Result<Load, String> {
    ask(address, seconds, BUSY)
}

/// Does the same in a manner of one's own.
pub(super) fn ask(address: SocketAddr, seconds: u32, manner: Manner) -> Result<Load, String> {
    let close = ["--header", "Connection: close"];
    let output = Command::new("taskset")
        .args(["--cpu-list", CORE, "wrk", "--threads", "1", "--latency"])
        .args(close.iter().filter(|_| manner.closes))
        .args([
            "--connections",
            &manner.connections.to_string(),
            "--duration",
            &format!("{seconds}s"),
        ])
        .arg(format!("http://{address}/"))
        .output()
        .map_err(|error| format!("cannot start wrk: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    parse(&said).ok_or_else(|| format!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Reads a time as wrk prints it, in microseconds.
pub(super) fn micros(text: &str) -> Option<f64> {
    let units = [("us", 1.0), ("ms", 1e3), ("s", 1e6)];
    let (number, unit) =
        units.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    Some(number.parse::<f64>().ok()? * unit)
}

fn parse(said: &str) -> Option<Load> {
    let after = |word: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(word))?;
        Some(line.trim().to_string())
    };
    let total = said.lines().find(|line| line.contains(" requests in "))?;
    let errors = [after("Socket errors:"), after("Non-2xx or 3xx responses:")];
    let errors: Vec<String> = errors.into_iter().flatten().collect();
    Some(Load {
        requests: total.split_whitespace().next()?.parse().ok()?,
        requests_per_second: after("Requests/sec:")?.parse().ok()?,
        p50: after("50%")?,
        p99: after("99%")?,
        errors: if errors.is_empty() { "none".into() } else { errors.join("; ") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 1s test @ http://127.0.0.1:8080/\n  1 threads and 64 connections\n  \
        Latency Distribution\n     50%    1.03ms\n     75%    1.10ms\n     99%    2.50ms\n  \
        61234 requests in 1.00s, 48.10MB read\nRequests/sec:  61200.10\nTransfer/sec: 48.07MB\n";

    #[test]
    fn what_the_load_generator_prints_is_read() {
        let load = parse(SAID).expect("it is all there");
        assert_eq!(load.requests, 61_234);
        assert!((load.requests_per_second - 61_200.1).abs() < 0.01);
        assert_eq!((load.p50.as_str(), load.p99.as_str()), ("1.03ms", "2.50ms"));
        assert_eq!(load.errors, "none");
    }

    #[test]
    fn times_are_read_in_their_units() {
        let times = ["250.00us", "1.50ms", "2.00s"].map(|text| micros(text).expect("a time"));
        assert!((times.iter().sum::<f64>() - 2_001_750.0).abs() < 0.01);
        assert!(micros("1.00m").is_none());
    }

    #[test]
    fn errors_are_not_hidden() {
        let said = format!("{SAID}  Socket errors: connect 0, read 3, write 0, timeout 0\n");
        let load = parse(&said).expect("it is all there");
        assert_eq!(load.errors, "connect 0, read 3, write 0, timeout 0");
    }
}
