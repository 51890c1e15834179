//! `cargo xtask bench`: Sarab beside its peers, in one run, on one core each.
//!
//! Machines differ and are noisy, so what counts is the ratio of two lines of one table, and the
//! processor time a request costs more than the requests a second. The server has one core to
//! itself and the load generator another.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use crate::{Done, fetch, report};

mod boot;
mod disk;
mod echo;
mod fat;
mod figures;
mod guest;
mod image;
mod load;
mod network;
mod server;
mod start;
mod store;
mod stream;
mod subject;
mod table;
mod xen;

use image::Need;
use network::Network;

/// Programs that measuring needs, and the packages that hold them.
const PROGRAMS: [(&str, &str); 13] = [
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("taskset", "util-linux"),
    ("nsenter", "util-linux"),
    ("ping", "iputils-ping"),
    ("strace", "strace"),
    ("strip", "binutils"),
    ("nm", "binutils"),
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("cc", "gcc"),
    ("xz", "xz-utils"),
    ("wrk", "wrk"),
    ("nginx", "nginx-light"),
];

/// A part of the bench, which can be run alone.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it needs built.
    needs: &'static [Need],
    measure: Measure,
}

/// Measures a part and prints.
#[derive(Clone, Copy)]
enum Measure {
    /// In a network of its own, with all the programs.
    Network(fn(&Bench<'_>) -> Done),
    /// Where it is started.
    Here(fn(&Path, Extent) -> Done),
}

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    /// How long each load runs.
    pub(crate) seconds: Option<u32>,
    /// Whether less will do, to try it.
    pub(crate) is_quick: bool,
}

/// All parts, in the order in which they are run.
pub(crate) const PARTS: [Part; 9] = [
    network("start", start::NEEDS, |bench| start::measure(bench.root)),
    network("boot", boot::NEEDS, |bench| boot::measure(bench.root)),
    network("disk", disk::NEEDS, |bench| disk::measure(bench.root)),
    network("echo", echo::NEEDS, |bench| echo::measure(bench.root)),
    network("site", subject::NEEDS, subject::measure),
    network("guest", guest::NEEDS, guest::measure),
    network("xen", xen::NEEDS, xen::measure),
    Part { name: "store", needs: store::NEEDS, measure: Measure::Here(store::measure) },
    Part { name: "fat", needs: fat::NEEDS, measure: Measure::Here(fat::measure) },
];

const fn network(
    name: &'static str,
    needs: &'static [Need],
    measure: fn(&Bench<'_>) -> Done,
) -> Part {
    Part { name, needs, measure: Measure::Network(measure) }
}

/// Where it is measured.
struct Bench<'a> {
    root: &'a Path,
    network: Network,
    /// How long each load runs.
    seconds: u32,
}

/// Set in the process that measures, inside a network namespace of its own.
const INSIDE: &str = "SARAB_BENCH_NAMESPACE";

/// Seconds of load for each line, where nothing is asked.
const SECONDS: u32 = 5;

/// Builds what is compared in the part of that name, or in all, and prints the tables.
pub(crate) fn run(root: &Path, part: Option<&str>, extent: Extent) -> Done {
    if env::var_os(xen::INSIDE).is_some() {
        return xen::inside(extent.seconds.unwrap_or(SECONDS));
    }
    let mut parts = PARTS.to_vec();
    parts.retain(|it| part.is_none_or(|name| name == it.name));
    if env::var_os(INSIDE).is_some() {
        return measure(root, &parts, extent.seconds.unwrap_or(SECONDS));
    }
    let needs: Vec<Need> = parts.iter().flat_map(|part| part.needs).copied().collect();
    let has_network = parts.iter().any(|part| matches!(part.measure, Measure::Network(_)));
    if has_network {
        fetch::programs(&PROGRAMS)?;
    }
    image::build(root, &needs)?;
    if has_network {
        enter_namespace(part, extent.seconds)?;
    }
    for part in &parts {
        if let Measure::Here(measure) = part.measure {
            measure(root, extent)?;
        }
    }
    Ok(())
}

/// Starts this program again with a network of its own, where it may make a tap.
fn enter_namespace(part: Option<&str>, seconds: Option<u32>) -> Done {
    let program = env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--"]).arg(program).arg("bench");
    command.args(part);
    if let Some(seconds) = seconds {
        command.args(["--seconds", &seconds.to_string()]);
    }
    let status = command.env(INSIDE, "yes").stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the measurement failed".into()),
        Err(error) => Err(format!("cannot start unshare: {error}")),
    }
}

fn measure(root: &Path, parts: &[Part], seconds: u32) -> Done {
    let bench = Bench { root, network: Network::lay()?, seconds };
    for part in parts {
        if let Measure::Network(measure) = part.measure {
            report::step(&format!("measuring: {}", part.name));
            measure(&bench)?;
        }
    }
    Ok(())
}
