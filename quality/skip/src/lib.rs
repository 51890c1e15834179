//! Tests that cannot run say so: a program, a device or a right is missing on this host.
#![forbid(unsafe_code)]

use std::{env, fs::OpenOptions, io::Write as _};

/// Names the file to which a test that cannot run appends why; `cargo xtask test` reads it.
pub const SKIPPED: &str = "SARAB_SKIPPED";

/// Says that the calling test cannot run, and why. It returns then.
///
/// # Panics
///
/// With `CI=true`, where everything must be there.
pub fn skip(reason: &str) {
    assert!(env::var("CI").as_deref() != Ok("true"), "skipped: {reason}");
    eprintln!("skipped: {reason}");
    if let Some(path) = env::var_os(SKIPPED) {
        let list = OpenOptions::new().append(true).create(true).open(path);
        list.and_then(|mut list| writeln!(list, "{reason}")).expect("the list can be written");
    }
}
