//! The places that examples run at.

use std::{fs::OpenOptions, process::Command};

use crate::namespace;

/// Guests of the tenders; the same image runs at both.
pub const GUESTS: [&str; 2] = ["spt", "hvt"];

/// Runs `body` for each target that this machine has: always `unix` and `spt`, and each other where it can
/// be had; where it cannot, the test that is called `test` says so and counts as skipped for it.
pub fn on_each(test: &str, mut body: impl FnMut(&str)) {
    body("unix");
    on_each_image(test, body);
}

/// Like [`on_each`], for images without an operating system.
pub fn on_each_image(test: &str, mut body: impl FnMut(&str)) {
    on_each_guest(test, &mut body);
    on_virtio(test, body);
}

/// Runs `body` for the target `virtio`, if there is QEMU.
pub fn on_virtio(test: &str, body: impl FnMut(&str)) {
    on_emulated(test, "virtio", &["qemu-system-x86_64"], body);
}

/// Runs `body` for the target `xen`, on one that is booted in QEMU, if it can be made here.
pub fn on_xen(test: &str, body: impl FnMut(&str)) {
    on_emulated(test, "xen", &["qemu-system-x86_64", "apt-get", "dpkg"], body);
}

fn on_emulated(test: &str, target: &str, programs: &[&str], mut body: impl FnMut(&str)) {
    let missing = programs.iter().find_map(|program| {
        let error = Command::new(program).arg("--version").output().err()?;
        Some(format!("{program}: {error}"))
    });
    match missing {
        None => body(target),
        Some(why) => namespace::skip(&format!("{test} on {target}"), &why),
    }
}

/// Like [`on_each`], for guests of the tenders alone.
pub fn on_each_guest(test: &str, mut body: impl FnMut(&str)) {
    body("spt");
    match OpenOptions::new().read(true).write(true).open("/dev/kvm") {
        Ok(_) => body("hvt"),
        Err(error) => namespace::skip(&format!("{test} on hvt"), &format!("/dev/kvm: {error}")),
    }
}
