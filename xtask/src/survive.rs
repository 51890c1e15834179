//! `cargo xtask survive`: examples that keep something, killed many times; `cargo xtask test` does it a few times.

use std::{path::Path, process::Command};

use crate::{Done, report};

/// How often each example is killed on each target.
pub(crate) const KILLS: u32 = 300;

/// Runs the tests of survival with that many kills.
pub(crate) fn run(root: &Path, kills: u32) -> Done {
    report::step(&format!("{kills} kills of each example"));
    let status = Command::new("cargo")
        .args(["test", "--quiet", "--package", "sarab-acceptance", "--test", "survival"])
        .args(["--", "--nocapture", "--test-threads", "1", "survives"])
        .env("SARAB_KILLS", kills.to_string())
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("something that was promised did not survive".into()),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}
