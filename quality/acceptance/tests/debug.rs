//! A guest under gdb, on each tender, as somebody would do it who follows what `--debug` says.
#![forbid(unsafe_code)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use sarab_acceptance::{
    namespace::{alone, skip},
    process::{Process, signal, succeed},
    sarab::sarab,
    target::{GUESTS, on_each_guest},
};

const PROJECT: &str = "example/hello-key";
const HOSTILE: &str = "tender/hostile";

/// What a tender says as soon as a debugger can come.
const READY: &str = "debug: image at ";

/// What stands before the words that gdb is to be called with.
const HINT: &str = "debug: gdb ";

/// Runs `body` for each tender that this machine has, if it has gdb.
///
/// The port that gdb comes to is one of the host, so each test has a network of its own.
fn on_each_with_gdb(test: &str, project: &str, body: impl FnMut(&str)) {
    if let Err(error) = Command::new("gdb").arg("--version").output() {
        return skip(test, &format!("gdb: {error}"));
    }
    let build = || {
        for target in GUESTS {
            succeed(sarab().args(["build", project, "-t", target]));
        }
    };
    alone(test, build, || on_each_guest(test, body));
}

/// Starts the guest, and returns it with the words for gdb, once it waits.
fn waiting(target: &str, project: &str, words: &[&str]) -> (Process, Vec<String>) {
    let mut command = sarab();
    command.args(["run", project, "-t", target, "--debug", "--"]).args(words);
    let mut guest = Process::start(&mut command);
    // `hvt` says first what to call, and then that it listens; `spt` runs for the first already.
    let hint = guest.wait_for(HINT);
    if target == "hvt" {
        guest.wait_for(READY);
    }
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

/// Calls gdb with `words`, has it do `commands`, and returns what it said. It is ended if it hangs.
fn gdb(words: &[String], commands: &[&str]) -> String {
    let mut gdb = Command::new("timeout");
    gdb.args(["--kill-after=10", "120", "gdb", "-nx", "-batch", "-ex", "set pagination off"])
        .args(words);
    gdb.args(commands.iter().flat_map(|command| ["-ex", command]));
    succeed(&mut gdb)
}

#[test]
fn a_guest_stops_where_its_source_says_and_goes_on_to_its_end() {
    let test = "a_guest_stops_where_its_source_says_and_goes_on_to_its_end";
    on_each_with_gdb(test, PROJECT, |target| {
        let (mut guest, words) = waiting(target, PROJECT, &["--times", "2", "--pause", "0s"]);
        let commands = ["break start", "continue", "backtrace", "step", "delete", "continue"];
        let said = gdb(&words, &commands);
        assert!(said.contains("start () at ") && said.contains("hello-key/src/lib.rs:"), "{said}");
        assert!(said.contains("_start () at "), "{said}");
        assert!(said.contains("exited normally"), "{said}");
        guest.wait_for("Hello, world");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(0), "{target}: {lines:#?}");
        let greetings = lines.iter().filter(|line| *line == "Hello, world");
        assert_eq!(greetings.count(), 2, "{target}: {lines:#?}");
    });
}

#[test]
fn a_guest_that_waits_for_gdb_ends_when_it_is_asked_once() {
    on_each_with_gdb("a_guest_that_waits_for_gdb_ends_when_it_is_asked_once", PROJECT, |target| {
        let (mut guest, _) = waiting(target, PROJECT, &["--times", "1000"]);
        guest.signal("INT");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(130), "{target}: {lines:#?}");
    });
}

#[test]
fn a_guest_of_qemu_stops_where_its_source_says() {
    let test = "a_guest_of_qemu_stops_where_its_source_says";
    for program in ["gdb", "qemu-system-x86_64"] {
        if let Err(error) = Command::new(program).arg("--version").output() {
            return skip(test, &format!("{program}: {error}"));
        }
    }
    let build = || drop(succeed(sarab().args(["build", PROJECT, "-t", "virtio"])));
    alone(test, build, || {
        let (mut guest, words) = waiting("virtio", PROJECT, &["--times", "1", "--pause", "0s"]);
        let source = include_str!("../../../example/hello-key/src/lib.rs");
        let line = source.lines().position(|line| line.contains("println!")).map_or(0, |it| it + 1);
        let stop = format!("break hello-key/src/lib.rs:{line}");
        let commands = [&*stop, "continue", "backtrace", "delete", "detach"];
        let said = gdb(&words, &commands);
        assert!(said.contains(&format!("hello-key/src/lib.rs:{line}\n")), "{said}");
        assert!(said.contains("in pvh_start ()"), "{said}");
        guest.wait_for("Hello, world");
        assert_eq!(guest.end().0, Some(0));
    });
}

#[test]
fn an_illegal_access_is_shown_at_its_line() {
    let test = "an_illegal_access_is_shown_at_its_line";
    on_each_with_gdb(test, HOSTILE, |target| {
        let (mut guest, words) = waiting(target, HOSTILE, &["--deed", "touch nothing"]);
        let said = gdb(&words, &["continue", "continue"]);
        assert!(said.contains("SIGSEGV"), "{target}: {said}");
        assert!(said.contains("touch ()") && said.contains("read_volatile()"), "{target}: {said}");
        guest.wait_for("crash: illegal read of 0x8");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(104), "{target}: {lines:#?}");
    });
}

#[test]
fn a_guest_goes_on_when_its_debugger_leaves() {
    on_each_with_gdb("a_guest_goes_on_when_its_debugger_leaves", PROJECT, |target| {
        let (mut guest, words) = waiting(target, PROJECT, &["--times", "1", "--pause", "0s"]);
        let said = gdb(&words, &["break start", "continue", "detach"]);
        assert!(said.contains("detached"), "{target}: {said}");
        guest.wait_for("Hello, world");
        let (status, lines) = guest.end();
        assert_eq!(status, Some(0), "{target}: {lines:#?}");
    });
}

/// It needs no gdb: nobody has come yet.
#[test]
fn a_guest_that_waits_for_its_debugger_is_let_go_by_the_signal_that_it_names() {
    let (mut guest, tender) = held(&["--times", "1", "--pause", "0s"]);
    signal(tender, "USR1");
    guest.wait_for("Hello, world");
    assert_eq!(guest.end().0, Some(0));
}

/// A shell does this to what it puts into the background, where somebody puts it who then calls gdb.
#[test]
fn a_guest_that_is_stopped_and_continued_still_waits_for_its_debugger() {
    let (mut guest, tender) = held(&["--times", "1", "--pause", "0s"]);
    for name in ["STOP", "CONT", "INT"] {
        signal(tender, name);
    }
    let (status, lines) = guest.end();
    assert_eq!(status, Some(130), "{lines:#?}");
    assert!(!lines.iter().any(|line| line == "Hello, world"), "{lines:#?}");
}

/// Starts a guest of `spt` and returns it with the process that gdb is to attach to.
fn held(words: &[&str]) -> (Process, u32) {
    succeed(sarab().args(["build", PROJECT, "-t", "spt"]));
    let (guest, words) = waiting("spt", PROJECT, words);
    let at = words.iter().position(|word| word == "-p").expect("gdb is told a process");
    (guest, words[at + 1].parse().expect("a process has a number"))
}

/// A person's Ctrl-C in gdb is a byte between packets. Here gdb would need a person, so it is spoken for.
#[test]
fn a_guest_that_waits_for_nothing_can_be_interrupted() {
    let test = "a_guest_that_waits_for_nothing_can_be_interrupted";
    on_each_with_gdb(test, PROJECT, |target| {
        if target != "hvt" {
            return;
        }
        let (mut guest, words) = waiting(target, PROJECT, &["--times", "1", "--pause", "1000h"]);
        let mut gdb = connect(words.last().expect("where to connect to"));
        gdb.write_all(b"$c#63").expect("it listens");
        guest.wait_for("Hello, world");
        gdb.write_all(b"\x03").expect("it listens");
        wait_for(&mut gdb, "$S02");
        gdb.write_all(b"+$k#6b").expect("it listens");
        assert_eq!(guest.end().0, Some(130));
    });
}

/// Connects to where `command` says that gdb is to.
fn connect(command: &str) -> TcpStream {
    let address = command.strip_prefix("target remote ").expect("gdb is to come by a connection");
    let gdb = TcpStream::connect(address).expect("it listens");
    gdb.set_read_timeout(Some(Duration::from_mins(2))).expect("a time of more than nothing");
    gdb
}

fn wait_for(gdb: &mut TcpStream, text: &str) {
    let mut said = String::new();
    while !said.contains(text) {
        let mut byte = [0];
        gdb.read_exact(&mut byte).expect("it answers");
        said.push(char::from(byte[0]));
    }
}
