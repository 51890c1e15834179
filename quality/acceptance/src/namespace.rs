//! A network of one's own for a test.
//!
//! A test program cannot change its own network without privileges, and threads of one process
//! share it. So [`alone`] starts the test program again, for the one test, as root of a new user
//! and network namespace, which any user may make; there it makes taps and gives addresses as it
//! likes, and all of it goes when the test ends.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use crate::process;

/// Set in the test program that runs inside.
const INSIDE: &str = "SARAB_TEST_NAMESPACE";

/// Runs `prepare` as it is, and then `body`, the body of the test called `test`, in a network
/// namespace of its own, with the loopback device up.
///
/// Where the machine does not allow that, the test is skipped, and says so; with `CI=true` it fails.
pub fn alone(test: &str, prepare: impl FnOnce(), body: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        ip("link set lo up");
        return body();
    }
    if let Err(why) = available() {
        return skip(test, &why);
    }
    prepare();
    let program = env::current_exe().expect("a test knows where it is");
    let output = inside()
        .arg(program)
        .args(["--exact", test, "--nocapture", "--quiet"])
        .env(INSIDE, "yes")
        .output()
        .expect("unshare starts");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{test} failed inside: {}", String::from_utf8_lossy(&said));
}

/// Makes a tap called `name` whose host end has `address` (`10.0.0.1/24`); further addresses may
/// follow by [`ip`].
pub fn tap(name: &str, address: &str) {
    ip(&format!("tuntap add {name} mode tap"));
    ip(&format!("address add {address} dev {name}"));
    ip(&format!("link set {name} up"));
}

/// Runs an `ip` command, which must succeed.
pub fn ip(arguments: &str) {
    process::succeed(Command::new("ip").args(arguments.split(' ')));
}

/// Returns how many frames the host has received from a tap, as /proc tells for the namespace of
/// who reads it.
#[must_use]
pub fn received(tap: &str) -> u64 {
    let table = fs::read_to_string("/proc/net/dev").expect("the table of devices is there");
    let row = table.lines().find_map(|line| line.trim().strip_prefix(&format!("{tap}:")));
    let count = row.and_then(|row| row.split_whitespace().nth(1)).expect("the tap has counts");
    count.parse().expect("a count is a number")
}

fn inside() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--"]);
    command
}

/// Tells whether a namespace with a tap can be made here, or why not.
fn available() -> Result<(), String> {
    let output = inside()
        .args(["ip", "tuntap", "add", "probe", "mode", "tap"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start unshare: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_string())
}

/// Counts a test as skipped, or fails it with `CI=true`.
pub fn skip(test: &str, why: &str) {
    sarab_skip::skip(&format!("{test}: {why}"));
}
