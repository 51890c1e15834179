//! Proves the cage on a KVM with hardware virtualisation, wherever these tests run: on kvm-amd of
//! a Linux in QEMU, which emulates the processor and its virtualisation in software.

mod nested;

use nested::Machine;
use std::{path::PathBuf, process::Command, time::Duration};

/// Says in the machine's output that the tests went well.
const PASSED: &str = "nested: passed";

#[test]
#[ignore = "downloads a kernel, and boots it for a minute or two"]
fn the_cage_holds_on_kvm_amd() {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nested");
    let files = nested::fetch(&cache).expect("packages of Debian");
    let tests = build(&cache);
    let script = format!(
        "/test --test-threads=1 && echo {PASSED}\n\
         /test --nocapture --ignored 2>&1 | grep figure\n"
    );
    let initramfs = nested::initramfs(&files, &[("test", &tests)], &script).expect("an image");
    let machine = Machine { kernel: &files.kernel, initramfs: &initramfs, megabytes: 512 };
    let output = nested::boot(&machine, Duration::from_mins(8)).expect("the machine runs");
    assert!(output.contains(PASSED), "{output}");
    println!("{output}");
}

/// Builds the other tests of this crate so that they need no library, and returns where they are.
fn build(cache: &std::path::Path) -> PathBuf {
    let target = cache.join("target");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--package", env!("CARGO_PKG_NAME"), "--test", "hvt", "--no-run"])
        .args(["--release", "--target", "x86_64-unknown-linux-gnu"])
        .args(["--message-format", "json"])
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    // The last artifact with an executable is the test: its dependencies come before it.
    let (_, rest) = text.rsplit_once("\"executable\":\"").expect("an executable");
    rest.split_once('"').expect("the end of a string").0.into()
}
