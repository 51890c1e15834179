//! A guest under gdb, on each tender, as somebody would do it who follows what `--debug` says.
#![forbid(unsafe_code)]

use std::process::Command;

use sarab_acceptance::{
    namespace::skip,
    process::{Process, succeed},
    sarab::sarab,
    target::on_each_guest,
};

const PROJECT: &str = "example/hello-key";

/// What is said once a debugger can come, after what it is to be called with or before.
const READY: &str = "debug: image at ";

/// What stands before the words that gdb is to be called with.
const HINT: &str = "debug: gdb ";

/// Runs `body` for each tender that this machine has, if it has gdb.
fn on_each_with_gdb(test: &str, body: impl FnMut(&str)) {
    match Command::new("gdb").arg("--version").output() {
        Ok(output) if output.status.success() => on_each_guest(test, body),
        Ok(output) => skip(test, &format!("gdb ends with {}", output.status)),
        Err(error) => skip(test, &format!("gdb: {error}")),
    }
}

/// Starts the guest, and returns it with the words for gdb, once it waits.
fn waiting(target: &str, project: &str, words: &[&str]) -> (Process, Vec<String>) {
    succeed(sarab().args(["build", project, "-t", target]));
    let mut command = sarab();
    command.args(["run", project, "-t", target, "--debug", "--"]).args(words);
    let mut guest = Process::start(&mut command);
    // The one says first where gdb is to come, the other where the image is.
    let hint = match target {
        "hvt" => {
            let hint = guest.wait_for(HINT);
            guest.wait_for(READY);
            hint
        }
        _ => guest.wait_for(HINT),
    };
    (guest, split(&hint[HINT.len()..]))
}

/// Splits a line into words as a shell does that has seen nothing but single quotes.
fn split(line: &str) -> Vec<String> {
    let pieces = line.split('\'').enumerate();
    pieces
        .flat_map(|(index, piece)| match index % 2 {
            0 => piece.split_whitespace().map(String::from).collect(),
            _ => vec![String::from(piece)],
        })
        .collect()
}

/// Calls gdb with `words`, has it do `commands`, and returns what it said.
fn gdb(words: &[String], commands: &[&str]) -> String {
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch", "-ex", "set pagination off"]).args(words);
    gdb.args(commands.iter().flat_map(|command| ["-ex", command]));
    succeed(&mut gdb)
}

#[test]
fn a_guest_stops_where_its_source_says_and_goes_on_to_its_end() {
    let test = "a_guest_stops_where_its_source_says_and_goes_on_to_its_end";
    on_each_with_gdb(test, |target| {
        let (mut guest, words) = waiting(target, PROJECT, &["--times", "2", "--pause", "0s"]);
        let commands = ["break start", "continue", "backtrace", "step", "delete", "continue"];
        let said = gdb(&words, &commands);
        assert!(said.contains("start () at ") && said.contains("hello-key/src/lib.rs:"), "{said}");
        assert!(said.contains("_start () at "), "{said}");
        assert!(said.contains("exited normally"), "{said}");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(0), "{target}: {lines:#?}");
        let greetings = lines.iter().filter(|line| *line == "Hello, world");
        assert_eq!(greetings.count(), 2, "{target}: {lines:#?}");
    });
}

#[test]
fn an_illegal_access_is_shown_at_its_line() {
    let test = "an_illegal_access_is_shown_at_its_line";
    on_each_with_gdb(test, |target| {
        let words = ["--deed", "touch nothing"];
        let (mut guest, words) = waiting(target, "tender/hostile", &words);
        let said = gdb(&words, &["continue", "continue"]);
        assert!(said.contains("SIGSEGV"), "{target}: {said}");
        assert!(said.contains("touch ()") && said.contains("read_volatile()"), "{target}: {said}");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(104), "{target}: {lines:#?}");
        assert!(lines.iter().any(|line| line == "crash: illegal read of 0x8"), "{lines:#?}");
    });
}

#[test]
fn a_guest_goes_on_when_its_debugger_leaves() {
    on_each_with_gdb("a_guest_goes_on_when_its_debugger_leaves", |target| {
        let (mut guest, words) = waiting(target, PROJECT, &["--times", "1", "--pause", "0s"]);
        let said = gdb(&words, &["break start", "continue", "detach"]);
        assert!(said.contains("detached"), "{target}: {said}");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(0), "{target}: {lines:#?}");
        assert!(lines.iter().any(|line| line == "Hello, world"), "{target}: {lines:#?}");
    });
}
