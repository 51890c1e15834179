//! What is refused before a machine starts, and how.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
};

use sarab_abi::manifest::{Entry, write};

use crate::{fixture::Fixture, guest::Code};

/// Checks the status and the start of the message.
fn check(fixture: &Fixture, options: &[&str], status: i32, message: &str) {
    let said = fixture.run(options, &[]);
    let message = format!("sarab-qemu: {message}");
    assert!(said.error.starts_with(&message), "{}", said.error);
    assert_eq!((said.status, &*said.out), (Some(status), ""), "{options:?}");
}

#[test]
fn a_command_line_that_does_not_fit_the_image() {
    let manifest = write::<23>(&[Entry::Network("service"), Entry::Disk("data")]);
    let fixture = Fixture::new(&Code::new().rest().image_that_wants(&manifest));
    fs::write(fixture.path("disk"), [0; 512]).expect("room");
    fs::write(fixture.path("odd"), [0; 513]).expect("room");
    let (net, disk) = (["--net", "service=user"], ["--disk", "data=disk"]);
    for (options, message) in [
        (
            [&net[..], &[]],
            "nothing is attached to disk `data` of the image; add `--disk data=FILE`",
        ),
        ([&disk, &[]], "nothing is attached to network card `service` of the image"),
        ([&net, &["--disk", "x=disk"]], "--disk x: the image has no disk `x`, only `data`"),
        ([&net, &["--disk", "data=none"]], "cannot open none for disk `data`: No such file"),
        ([&net, &["--disk", "data=odd"]], "odd for disk `data` has 513 bytes, which are not whole"),
        ([&net, &["--memory", "1MiB"]], "the machine has 1048576 bytes of memory, and the image"),
        ([&[], &["--machine", "pc"]], "--machine pc: it is microvm or q35"),
    ] {
        check(&fixture, &options.concat(), 64, message);
    }
    let long =
        fixture.run(&[&net[..], &disk, &["--machine", "q35"]].concat(), &[&"x".repeat(4096)]);
    assert_eq!(long.status, Some(64));
    assert!(long.error.contains("have 4096 bytes, and q35 passes on 4095"), "{}", long.error);
}

#[test]
fn a_file_that_no_machine_boots() {
    let code = Code::new().rest();
    for (image, message) in [
        (b"text".to_vec(), "image: not an image; `sarab build -t virtio` makes one"),
        (code.without_entry(), "image: it has no PVH entry; `sarab build -t virtio` makes"),
        (code.image_that_wants(b""), "image: its manifest is broken"),
    ] {
        check(&Fixture::new(&image), &[], 65, message);
    }
}

#[test]
fn a_host_without_qemu_is_told_what_to_install() {
    let fixture = Fixture::new(&Code::new().rest().image());
    let output = fixture.command(&[], &[]).env("PATH", "/nowhere").output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{error}");
    assert!(error.contains("install the package `qemu-system-x86` (Debian"), "{error}");
}

#[test]
fn a_qemu_that_does_not_start_the_machine_says_why() {
    let fixture = Fixture::new(&Code::new().rest().image());
    let script = "#!/bin/sh\necho \"qemu: no $2 here\" >&2; exit 1\n";
    let path = fixture.path("qemu-system-x86_64");
    fs::write(&path, script).expect("room");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("it is one's own");
    let folder = fixture.path(".");
    let command = fixture.command(&["--machine", "q35"], &[]).env("PATH", folder).output();
    let output = command.expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    let expected = "qemu: no q35 here\nsarab-qemu: QEMU has not started the machine\n";
    assert_eq!((output.status.code(), &*error), (Some(69), expected));
}

#[test]
fn showing_starts_nothing() {
    let fixture = Fixture::new(&Code::new().rest().image());
    let show = fixture.command(&["--show"], &["a b"]).env("PATH", "/nowhere").output();
    let output = show.expect("it starts");
    let line = String::from_utf8_lossy(&output.stdout);
    assert!(line.starts_with("qemu-system-x86_64 -M microvm,"), "{line}");
    assert!(line.ends_with(" -kernel image -append '\"a b\"'\n"), "{line}");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
