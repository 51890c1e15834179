//! Network namespaces of a test's own, made without root (`unshare(1)`, `ip(8)`).

use std::process::{Command, Stdio};

/// The variable that tells a test that it is in its namespace.
const INSIDE: &str = "SARAB_TEST_IN_NAMESPACE";

/// Runs `body` in a new user and network namespace: runs this program, and in it the test called
/// `name` alone, once more there.
///
/// Where namespaces cannot be made the test says that it was skipped, and fails if `CI` is `true`.
pub(crate) fn in_a_namespace(name: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    if !has_namespaces() {
        return sarab_skip::skip(&format!(
            "{name}: this host makes no network namespaces, or no taps in them"
        ));
    }
    let program = std::env::current_exe().expect("a program knows itself");
    let mut inside = unshare(&[&program.display().to_string(), "--exact", name, "--nocapture"]);
    let output = inside.output().expect("it was there a moment ago");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs `ip` with `words` and returns what it prints.
pub(crate) fn ip(words: &str) -> String {
    let output = Command::new("ip").args(words.split(' ')).output().expect("ip is there");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn has_namespaces() -> bool {
    let probe = unshare(&["ip", "tuntap", "add", "probe", "mode", "tap"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    probe.is_ok_and(|status| status.success())
}

fn unshare(words: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--"]).args(words).env(INSIDE, "1");
    command
}
