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
mod image;
mod load;
mod network;
mod server;
mod start;
mod subject;
mod table;

use network::Network;
use subject::Subject;

/// Programs that measuring needs, and the packages that hold them.
const PROGRAMS: [(&str, &str); 12] = [
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
    ("wrk", "wrk"),
    ("nginx", "nginx-light"),
];

/// Set in the process that measures, inside a network namespace of its own.
const INSIDE: &str = "SARAB_BENCH_NAMESPACE";

/// Seconds of load for each line, where nothing is asked.
const SECONDS: u32 = 5;

/// Builds what is compared and prints the table.
pub(crate) fn run(root: &Path, seconds: Option<u32>) -> Done {
    if env::var_os(INSIDE).is_some() {
        return measure(root, seconds.unwrap_or(SECONDS));
    }
    fetch::programs(&PROGRAMS)?;
    image::build_all(root)?;
    enter_namespace(seconds)
}

/// Starts this program again with a network of its own, where it may make a tap.
fn enter_namespace(seconds: Option<u32>) -> Done {
    let program = env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--"]).arg(program).arg("bench");
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

fn measure(root: &Path, seconds: u32) -> Done {
    let network = Network::lay()?;
    report::step("measuring starts");
    start::measure(root)?;
    report::step("counting instructions");
    boot::measure(root)?;
    report::step("measuring disks");
    disk::measure(root)?;
    report::step("measuring echoes");
    echo::measure(root)?;
    let mut rows = Vec::new();
    for subject in Subject::all(root, &network)? {
        report::step(&format!("measuring {}", subject.name));
        rows.push(subject.measure(seconds)?);
    }
    table::print(&rows);
    Ok(())
}
