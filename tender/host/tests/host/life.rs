//! The tender's words, its end, and signals.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

use crate::fixture::{Fixture, Said, empty};

#[test]
fn the_tender_is_told_what_is_its_own_and_the_guest_the_rest() {
    let fixture = Fixture::new(&empty(), r#"for word; do echo "$word"; done"#);
    let said = fixture.run("--memory 64M --disk data=a=b", "--publish 1:1 -- --help");
    assert_eq!(said.out, "--memory\n64M\n--disk\ndata=a=b\nimage\n--publish\n1:1\n--\n--help\n");
    assert_eq!((said.status, said.error.as_str()), (Some(0), ""));
}

#[test]
fn the_status_is_the_tenders() {
    for (script, status) in [("exit 0", 0), ("exit 101", 101), ("kill -KILL $$", 137)] {
        assert_eq!(Fixture::new(&empty(), script).run("", "").status, Some(status), "{script}");
    }
}

#[test]
fn standard_input_and_output_are_the_tenders_own() {
    let fixture = Fixture::new(&empty(), "cat");
    let mut command = fixture.command("", "");
    command.stdin(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut input, b"a \0 b").expect("somebody reads");
    drop(input);
    let said = Said::new(&child.wait_with_output().expect("it ends"));
    assert_eq!(said.out, "a \0 b");
}

#[test]
fn a_tender_that_is_not_there_is_named() {
    let fixture = Fixture::new(&empty(), "");
    std::fs::remove_file(fixture.path("tender")).expect("it is there");
    let said = fixture.run("", "");
    assert_eq!(said.status, Some(69));
    assert!(said.error.contains("cannot start the tender"), "{said:?}");
}

#[test]
fn an_image_that_is_none_is_named() {
    for (image, why) in [
        (&b"#!/bin/sh"[..], "image: not an ELF file of 64 bits"),
        (&[&empty()[..130], &[0xff; 40]].concat(), "image: not a unikernel"),
    ] {
        let said = Fixture::new(image, "").run("", "");
        assert_eq!(said.status, Some(65));
        assert!(said.error.contains(why), "{said:?}");
    }
}

/// A tender that counts the signals it gets, and says after the first one how many there were.
const COUNTS: &str = r"
    trap 'count=$((count+1))' TERM
    trap 'count=$((count+1))' INT
    trap 'count=$((count+1))' HUP
    count=0
    echo ready
    for turn in $(seq 600); do sleep 0.05; [ $count -gt 0 ] && break; done
    for turn in 1 2 3 4 5; do sleep 0.05; done
    echo $count
";

#[test]
fn a_signal_reaches_the_tender_once_however_it_was_sent() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        for send in [kill_process, kill_process_group] {
            let fixture = Fixture::new(&empty(), COUNTS);
            let (child, process) = started(&fixture);
            send(process, signal).expect("it runs");
            let said = Said::new(&child.wait_with_output().expect("it ends"));
            assert_eq!((said.out.as_str(), said.status), ("1\n", Some(0)), "{signal:?}");
        }
    }
}

#[test]
fn a_signal_that_ends_the_tender_is_in_the_status() {
    let fixture = Fixture::new(&empty(), "echo ready\nexec sleep 60");
    let (mut child, process) = started(&fixture);
    kill_process(process, Signal::TERM).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(128 + 15));
}

#[test]
fn no_tender_is_left_behind() {
    let fixture = Fixture::new(&empty(), "echo $$\nexec sleep 60");
    let mut child = fixture.command("", "").spawn().expect("it starts");
    let (tender, mut out) = tender(&mut child);
    test_kill_process(tender).expect("it runs");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    // The pipe ends when the last process that has it does.
    assert_eq!(out.read(&mut [0]).expect("a pipe"), 0);
}

#[test]
fn a_tender_that_is_stopped_can_be_ended() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let script = "trap 'exit 7' TERM INT HUP\necho $$\nkill -STOP $$\nexit 1";
        let fixture = Fixture::new(&empty(), script);
        let mut child = fixture.command("", "").spawn().expect("it starts");
        let (tender, _) = tender(&mut child);
        assert!(until(|| is_stopped(tender)), "it stops");
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let ended = until(|| child.try_wait().expect("it is a child").is_some());
        // One that hears nothing is not to be left behind.
        child.kill().expect("it was not waited for, or it has ended");
        assert!(ended, "{signal:?} was not heard");
        assert_eq!(child.wait().expect("it ends").code(), Some(7), "{signal:?}");
    }
}

fn is_stopped(process: Pid) -> bool {
    let file = format!("/proc/{}/status", process.as_raw_nonzero());
    fs::read_to_string(file).expect("it runs").contains("State:\tT")
}

/// Waits until `condition` holds, and tells whether it did before a test can only have gone wrong.
fn until(mut condition: impl FnMut() -> bool) -> bool {
    (0..4000).any(|_| {
        thread::sleep(Duration::from_millis(5));
        condition()
    })
}

/// Reads the number that a tender has said first, and returns it with what follows.
fn tender(child: &mut Child) -> (Pid, BufReader<ChildStdout>) {
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it says a line");
    (line.trim().parse().ok().and_then(Pid::from_raw).expect("a number"), out)
}

/// Starts it and waits until the tender has said that it is ready.
fn started(fixture: &Fixture) -> (Child, Pid) {
    let mut child = fixture.command("", "").spawn().expect("it starts");
    let process = Pid::from_child(&child);
    let out = child.stdout.as_mut().expect("a pipe");
    let mut ready = [0; 6];
    out.read_exact(&mut ready).expect("it says so");
    assert_eq!(&ready, b"ready\n");
    (child, process)
}
