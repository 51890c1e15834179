//! Cards and disks.

use std::{fs, os::unix::process::CommandExt as _, process::Command};

use rustix::process::Signal;
use sarab_abi::manifest::{Entry, write};

use crate::{
    fixture::{Fixture, MACHINES},
    guest::Code,
};

#[test]
fn each_device_has_a_place_that_the_guest_is_told() {
    let guest = Code::new().print_command_line().status(0).end();
    let manifest = write::<31>(&[
        Entry::Network("front"),
        Entry::Disk("data"),
        Entry::Network("back"),
        Entry::Disk("x,"),
    ]);
    let Some(fixture) = Fixture::with_qemu(&guest.image_that_wants(&manifest)) else { return };
    fs::write(fixture.path("a,b"), [0; 512]).expect("room");
    fs::write(fixture.path("nbd:x"), [0; 1024]).expect("room");
    let options = ["--net", "back=user", "--net", "front=user", "--disk", "data=a,b"];
    for machine in MACHINES {
        let options = [&options[..], &["--disk", "x,=nbd:x", "--machine", machine]].concat();
        let said = fixture.run(&options, &[]);
        assert_eq!((said.status, &*said.error), (Some(0), ""), "{machine}");
        let count = said.out.matches("virtio_mmio.device=512@0x").count();
        assert_eq!(count, if machine == "microvm" { 5 } else { 0 }, "{}", said.out);
    }
}

#[test]
fn a_disk_is_one_machines_alone() {
    let guest = Code::new().print("a").rest();
    let manifest = write::<14>(&[Entry::Disk("data")]);
    let Some(fixture) = Fixture::with_qemu(&guest.image_that_wants(&manifest)) else { return };
    fs::write(fixture.path("disk"), [0; 512]).expect("room");
    let options = ["--disk", "data=disk"];
    let mut running = fixture.start(&options);
    running.expect(b"a");
    let said = fixture.run(&options, &[]);
    let expected = "sarab-qemu: cannot open disk for disk `data`: in use by another process\n";
    assert_eq!((said.status, &*said.error), (Some(64), expected));
    running.signal(Signal::KILL);
}

/// Makes a tap in a network of its own, and then starts what follows.
const WITH_A_TAP: &str = "ip tuntap add tap0 mode tap && exec \"$@\"";

#[test]
fn a_card_is_attached_to_a_tap() {
    let guest = Code::new().status(0).end();
    let manifest = write::<17>(&[Entry::Network("service")]);
    let Some(fixture) = Fixture::with_qemu(&guest.image_that_wants(&manifest)) else { return };
    let inside = |program: &Command| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "sh", "-c", WITH_A_TAP, "sh"]);
        command.arg(program.get_program()).args(program.get_args());
        command.current_dir(fixture.path(".")).process_group(0);
        command.output().expect("unshare starts")
    };
    if !inside(&Command::new("true")).status.success() {
        return sarab_skip::skip("no network can be made here");
    }
    for machine in MACHINES {
        let options = ["--net", "service=tap:tap0", "--machine", machine];
        let output = inside(&fixture.command(&options, &[]));
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*error), (Some(0), ""), "{machine}");
    }
}
