//! Lines of the log, and those that are not shown.

use crate::{App, Rehearsal, Status, run, sleep};
use alloc::string::String;
use core::time::Duration;

static APP: App = App { name: "site", version: "1.2.3", target: "test", crates: &[], keys: &[] };

/// Runs a program that logs a line of each of three levels in two modules.
fn logged(filter: &str) -> String {
    let rehearsal = Rehearsal::new(0);
    let words = [alloc::format!("--log={filter}")];
    let status = run(rehearsal.machine(), &APP, words, async |_| {
        sleep(Duration::from_micros(12_000_034)).await;
        for module in ["net::tcp", "site"] {
            log::error!(target: module, "bad {}", 1);
            log::info!(target: module, "well");
            log::debug!(target: module, "fine");
        }
    });
    assert_eq!(status, Status::SUCCESS);
    assert_eq!(rehearsal.console(), "");
    rehearsal.errors()
}

#[test]
fn a_line_tells_when_how_bad_where_and_what() {
    assert_eq!(logged("off,net:error"), "   12.000034 error net::tcp: bad 1\n");
}

#[test]
fn each_module_has_its_level() {
    let lines = logged("info,net:debug");
    for (shown, times) in [("net::tcp: fine", 1), ("site: fine", 0), (": well", 2), (": bad 1", 2)]
    {
        assert_eq!(lines.matches(shown).count(), times, "{shown} in\n{lines}");
    }
}

#[test]
fn nothing_is_shown_when_the_log_is_off() {
    assert_eq!(logged("off"), "");
}
