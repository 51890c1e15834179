//! Examples that keep something, killed at any moment: what they have promised is there afterwards.
#![forbid(unsafe_code)]

mod counting;
mod notes;

use std::fs::File;

use counting::Counting;
use notes::Notes;
use sarab_acceptance::{
    namespace::alone,
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

/// Returns the command that buys tickets for a disk, and draws if it is told to.
fn lottery(target: &str, disk: &str, words: &[&str]) -> std::process::Command {
    let mut command = sarab();
    command.args(["run", "example/lottery", "-t", target, "--disk", disk, "--"]).args(words);
    command
}

#[test]
fn a_lottery_keeps_its_tickets_and_draws_a_winner() {
    on_each("a_lottery_keeps_its_tickets_and_draws_a_winner", |target| {
        let folder = project::empty();
        let file = folder.path().join("disk.img");
        File::create(&file).and_then(|file| file.set_len(1 << 20)).expect("a file can be made");
        let disk = format!("disk={}", file.display());
        let said = succeed(&mut lottery(target, &disk, &["--player", "ada", "--tickets", "2"]));
        assert_eq!(said, "0 tickets sold\nticket 1 is ada's\nticket 2 is ada's\n");
        let said = succeed(&mut lottery(target, &disk, &["--draw"]));
        assert_eq!(said, "2 tickets sold: 2 to ada\nada wins\n");
        let said = succeed(&mut lottery(target, &disk, &["--player=ben"]));
        assert_eq!(said, "0 tickets sold; ada has won before\nticket 1 is ben's\n");
        let said = succeed(&mut lottery(target, &disk, &["--reset"]));
        assert_eq!(said, "0 tickets sold\n");
    });
}

#[test]
fn a_ticket_that_was_sold_survives() {
    const TEST: &str = "a_ticket_that_was_sold_survives";
    on_each_place(TEST, |target| {
        succeed(sarab().args(["build", "example/lottery", "-t", target]));
        let folder = project::empty();
        let file = folder.path().join("disk.img");
        File::create(&file).and_then(|file| file.set_len(1 << 20)).expect("a file can be made");
        let disk = format!("disk={}", file.display());
        let words = ["--player", "ada", "--tickets", "1000000"];
        let command = || lottery(target, &disk, &words);
        let mut witness = Counting::new(command, " tickets sold", ("ticket ", " is ada's"));
        survives(&format!("{TEST} on {target}"), &mut witness);
        assert!(witness.promised() > 0, "{target}: nothing was sold");
    });
}

#[test]
fn an_entry_that_was_added_survives() {
    const TEST: &str = "an_entry_that_was_added_survives";
    succeed(sarab().args(["build", "example/tree"]));
    let folder = project::empty();
    let store = format!("store={}", folder.path().display());
    let command = || {
        let mut command = sarab();
        command.args(["run", "example/tree", "--folder", &store]);
        command.args(["--", "--times", "1000000", "--pause", "0s"]);
        command
    };
    let mut witness = Counting::new(command, " entries", ("added entry ", ""));
    survives(TEST, &mut witness);
    assert!(witness.promised() > 0, "nothing was added");
}

#[test]
fn a_note_that_was_put_survives() {
    const TEST: &str = "a_note_that_was_put_survives";
    let build = || drop(succeed(sarab().args(["build", "example/notes", "--net", "socket"])));
    alone(TEST, build, || {
        let folder = project::empty();
        let notes = format!("notes={}", folder.path().display());
        let command = || {
            let mut command = sarab();
            command.args(["run", "example/notes", "--net", "socket", "--folder", &notes]);
            command
        };
        let mut witness = Notes::new(command, "127.0.0.1:8080");
        survives(TEST, &mut witness);
        assert!(witness.promised() > 0, "nothing was put");
    });
}
