//! What an echo costs: a flood of pings, each sent when the last one has come back.

use std::{path::Path, process::Command, time::Duration};

use anstyle::Style;

use super::{image::Need, subject::Subject};
use crate::Done;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Image("site-direct"),
    Need::Image("site-guest"),
    Need::Tender("spt"),
    Need::Tender("hvt"),
];

/// Pings that each is sent.
const PINGS: u32 = 20_000;

/// Measures and prints all that have a stack of their own.
pub(super) fn measure(root: &Path) -> Done {
    let bold = Style::new().bold();
    anstream::println!(
        "\n{bold}{:<26} {:>11} {:>12} {:>10}{bold:#}",
        "flood of pings",
        "echoes/s",
        "cpu us/echo",
        "lost"
    );
    for subject in Subject::on_taps(root) {
        let server = subject.start()?;
        let before = server.cpu()?;
        let Flood { took, lost } = flood(PINGS)?;
        let cpu = server.cpu()?.saturating_sub(before);
        drop(server);
        anstream::println!(
            "{:<26} {:>11.0} {:>12.2} {:>10}",
            subject.name,
            f64::from(PINGS) / took.as_secs_f64(),
            cpu.as_secs_f64() * 1e6 / f64::from(PINGS),
            lost,
        );
    }
    anstream::println!("\nSolo5 0.12, spt, measured on such a machine: 13,400 echoes/s, 39 us.");
    Ok(())
}

/// What became of a flood.
pub(super) struct Flood {
    pub(super) took: Duration,
    lost: String,
}

/// Sends `count` pings, each when the last one has come back.
pub(super) fn flood(count: u32) -> Result<Flood, String> {
    let output = Command::new("taskset")
        .args(["--cpu-list", "1", "ping", "-q", "-f", "-c", &count.to_string(), "10.0.0.2"])
        .output()
        .map_err(|error| format!("cannot start ping: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    parse(&said).ok_or_else(|| format!("ping: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

fn parse(said: &str) -> Option<Flood> {
    let line = said.lines().find(|line| line.contains(" packets transmitted"))?;
    let part = |end: &str| line.split(", ").find_map(|part| part.strip_suffix(end));
    let ms = line.split(", time ").nth(1)?.strip_suffix("ms")?.parse().ok()?;
    Some(Flood { took: Duration::from_millis(ms), lost: part(" packet loss")?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ping_prints_is_read() {
        let said = "--- 10.0.0.2 ping statistics ---\n\
            20000 packets transmitted, 20000 received, 0% packet loss, time 846ms\n";
        let flood = parse(said).expect("it is all there");
        assert_eq!((flood.took.as_millis(), flood.lost.as_str()), (846, "0%"));
    }
}
