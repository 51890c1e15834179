//! Examples that keep something, killed at any moment: what they have promised is there afterwards.
#![forbid(unsafe_code)]

mod counting;
mod notes;

use std::{fs::File, process::Command};

use tempfile::TempDir;

use counting::Counting;
use notes::Notes;
use sarab_acceptance::{
    namespace::{alone, tap},
    process::succeed,
    project,
    sarab::sarab,
    survival::survives,
    target::{on_each, on_each_guest},
};

/// Runs `body` on a process and on each tender.
fn on_each_place(test: &str, mut body: impl FnMut(&str)) {
    body("unix");
    on_each_guest(test, body);
}

/// Returns the command that runs an example on a target, with a disk.
fn example(name: &str, target: &str, disk: &str) -> Command {
    let mut command = sarab();
    command.args(["run", &format!("example/{name}"), "-t", target, "--disk", disk]);
    command
}

/// A disk of zeroes that goes when it is dropped, and how it is attached.
fn blank(name: &str) -> (TempDir, String) {
    let folder = project::empty();
    let file = folder.path().join("disk.img");
    File::create(&file).and_then(|file| file.set_len(16 << 20)).expect("a file can be made");
    let attach = format!("{name}={}", file.display());
    (folder, attach)
}

#[test]
fn a_lottery_keeps_its_tickets_and_draws_a_winner() {
    on_each("a_lottery_keeps_its_tickets_and_draws_a_winner", |target| {
        let (_folder, disk) = blank("disk");
        let run = |words: &[&str]| succeed(example("lottery", target, &disk).arg("--").args(words));
        let said = run(&["--player", "ada", "--tickets", "2"]);
        assert_eq!(said, "0 tickets sold\nticket 1 is ada's\nticket 2 is ada's\n");
        assert_eq!(run(&["--draw"]), "2 tickets sold: 2 to ada\nada wins\n");
        let said = run(&["--player=ben"]);
        assert_eq!(said, "0 tickets sold; ada has won before\nticket 1 is ben's\n");
        assert_eq!(run(&["--reset"]), "0 tickets sold\n");
    });
}

#[test]
fn a_ticket_that_was_sold_survives() {
    const TEST: &str = "a_ticket_that_was_sold_survives";
    on_each_place(TEST, |target| {
        succeed(sarab().args(["build", "example/lottery", "-t", target]));
        let (_folder, disk) = blank("disk");
        let words = ["--", "--player", "ada", "--tickets", "1000000"];
        let command = || {
            let mut command = example("lottery", target, &disk);
            command.args(words);
            command
        };
        let mut witness = Counting::new(command, " tickets sold", ("ticket ", " is ada's"));
        survives(&format!("{TEST} on {target}"), &mut witness);
        assert!(witness.promised() > 0, "{target}: nothing was sold");
    });
}

#[test]
fn an_entry_that_was_added_survives() {
    const TEST: &str = "an_entry_that_was_added_survives";
    on_each_place(TEST, |target| {
        succeed(sarab().args(["build", "example/tree", "-t", target]));
        let (_folder, disk) = blank("store");
        let words = ["--", "--times", "1000000", "--pause", "0s"];
        let command = || {
            let mut command = example("tree", target, &disk);
            command.args(words);
            command
        };
        let mut witness = Counting::new(command, " entries", ("added entry ", ""));
        survives(&format!("{TEST} on {target}"), &mut witness);
        assert!(witness.promised() > 0, "{target}: nothing was added");
    });
}

#[test]
fn a_note_that_was_put_survives() {
    const TEST: &str = "a_note_that_was_put_survives";
    let build = || {
        for target in ["unix", "spt", "hvt"] {
            succeed(sarab().args(["build", "example/notes", "-t", target]).args(keys(target)));
        }
    };
    alone(TEST, build, || {
        tap("tap0", "10.0.0.1/24");
        on_each_place(TEST, |target| {
            let (_folder, disk) = blank("notes");
            let (keys, attached, address) = match target {
                "unix" => (keys(target), &[][..], [127, 0, 0, 1]),
                _ => (keys(target), &["--net", "service=tap:tap0"][..], [10, 0, 0, 2]),
            };
            let command = || {
                let mut command = example("notes", target, &disk);
                command.args(keys).args(attached);
                command
            };
            let mut witness = Notes::new(command, (address, 8080).into());
            survives(&format!("{TEST} on {target}"), &mut witness);
            assert!(witness.promised() > 0, "{target}: nothing was put");
        });
    });
}

/// Returns the keys that an example with a network is built with.
fn keys(target: &str) -> &'static [&'static str] {
    if target == "unix" { &["--net", "socket"] } else { &[] }
}
