//! Two networks and two disks at once: each device stands under its own name.
#![forbid(unsafe_code)]

use std::{
    fs::{self, File},
    path::Path,
};

use sarab_acceptance::{
    namespace::{alone, received, tap},
    process::{Process, succeed},
    project,
    sarab::sarab,
    target::on_each,
};

const PROJECT: &str = "quality/acceptance/crowd";
const TARGETS: [&str; 4] = ["unix", "spt", "hvt", "virtio"];

#[test]
fn devices_of_one_kind_are_told_apart_by_their_names() {
    const TEST: &str = "devices_of_one_kind_are_told_apart_by_their_names";
    let build = || {
        for target in TARGETS {
            succeed(sarab().args(["build", PROJECT, "-t", target]));
        }
    };
    alone(TEST, build, || {
        tap("tap0", "10.0.0.1/24");
        tap("tap1", "10.0.1.1/24");
        on_each(TEST, are_told_apart);
    });
}

fn are_told_apart(target: &str) {
    let folder = project::empty();
    let disk = |name: &str, size| {
        let file = folder.path().join(name);
        File::create(&file).and_then(|file| file.set_len(size)).expect("a file can be made");
        file
    };
    let (first, second) = (disk("a", 1 << 20), disk("b", 3 << 20));
    let mut crowd = sarab();
    // What is attached stands in another order than the devices of the program.
    crowd.args(["run", PROJECT, "-t", target, "--net", "right=tap:tap1", "--net", "left=tap:tap0"]);
    for (name, file) in [("second", &second), ("first", &first)] {
        crowd.args(["--disk", &format!("{name}={}", file.display())]);
    }
    let before = ["tap0", "tap1"].map(received);
    let mut crowd = Process::start(&mut crowd);
    crowd.wait_for("first 1048576");
    crowd.wait_for("second 3145728");
    let left = crowd.wait_for("left ");
    let right = crowd.wait_for("right ");
    assert_ne!(left.split(' ').nth(1), right.split(' ').nth(1), "{target}");
    crowd.signal("TERM");
    assert_eq!(crowd.end().0, Some(0), "{target}");
    let after = ["tap0", "tap1"].map(received);
    assert!(after.iter().zip(&before).all(|(after, before)| after > before), "{target}");
    assert_eq!((end(&first), end(&second)), ("first".into(), "second".into()), "{target}");
}

/// Returns the text in the last sector of a disk.
fn end(disk: &Path) -> String {
    let bytes = fs::read(disk).expect("the disk is there");
    let sector = &bytes[bytes.len() - 512..];
    String::from_utf8_lossy(sector).trim_end_matches('\0').into()
}
