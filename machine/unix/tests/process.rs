//! A unikernel as a process: its signals, its console, its status.

use std::{
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Read},
    os::unix::ffi::OsStrExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use sarab_runtime::{App, Boot, Outcome, println, sleep, stopping};
use sarab_unix::{Resource, boot};

static APP: App = App { name: "test", version: "1.2.3", target: "unix", crates: &[], keys: &[] };

/// The variable that tells a test that it is the unikernel.
const INSIDE: &str = "SARAB_TEST_IN_PROCESS";

/// Runs this program once more, and in it the test called `test` alone, which comes here again and
/// is then the unikernel that boots `start` with `words`.
fn process<O: Outcome>(
    test: &str,
    words: &[&OsStr],
    start: impl AsyncFnOnce(Boot) -> O,
) -> Unikernel {
    if std::env::var_os(INSIDE).is_some() {
        let words = words.iter().map(OsString::from);
        let status = boot(&APP, Some(&[Resource::Disk("data")]), words, start);
        std::process::exit(status.0.into());
    }
    let program = std::env::current_exe().expect("a program knows itself");
    let mut child = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env_remove("RUST_BACKTRACE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let console = BufReader::new(child.stdout.take().expect("it is piped"));
    Unikernel { child, console }
}

struct Unikernel {
    child: Child,
    console: BufReader<std::process::ChildStdout>,
}

impl Unikernel {
    /// Waits until the unikernel prints a line that ends in `text`.
    fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.trim_end().ends_with(text) {
            line.clear();
            let size = self.console.read_line(&mut line).expect("text");
            assert!(size > 0, "it ended before it printed {text:?}");
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end; returns its status and what it said of itself.
    fn end(mut self) -> (Option<i32>, String) {
        let mut errors = String::new();
        let mut pipe = self.child.stderr.take().expect("it is piped");
        pipe.read_to_string(&mut errors).expect("text");
        (self.child.wait().expect("it ends").code(), errors)
    }
}

#[test]
fn a_signal_asks_a_unikernel_to_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut unikernel = process("a_signal_asks_a_unikernel_to_end", &[], async |_| {
            println!("ready");
            stopping().await;
            println!("asked");
        });
        unikernel.wait_for("ready");
        unikernel.signal(signal);
        unikernel.wait_for("asked");
        assert_eq!(unikernel.end(), (Some(0), String::new()));
    }
}

#[test]
fn a_unikernel_that_does_not_listen_ends_at_the_first_signal() {
    let name = "a_unikernel_that_does_not_listen_ends_at_the_first_signal";
    let mut unikernel = process(name, &[], async |_| {
        println!("ready");
        std::future::pending::<()>().await;
    });
    unikernel.wait_for("ready");
    unikernel.signal(Signal::TERM);
    assert_eq!(unikernel.end(), (Some(0), String::new()));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut unikernel = process("a_second_signal_ends_it_at_once", &[], async |_| {
        println!("ready");
        stopping().await;
        println!("asked");
        // Does not come back to the machine, so that nothing but the signal can end it in time.
        std::thread::sleep(Duration::from_mins(1));
    });
    unikernel.wait_for("ready");
    unikernel.signal(Signal::INT);
    unikernel.wait_for("asked");
    unikernel.signal(Signal::INT);
    assert_eq!(unikernel.end(), (Some(130), String::new()));
}

#[test]
fn a_console_that_nobody_reads_ends_nothing() {
    let name = "a_console_that_nobody_reads_ends_nothing";
    let mut unikernel = process(name, &[], async |_| {
        println!("ready");
        stopping().await;
        println!("nobody reads this");
        sleep(Duration::from_millis(1)).await;
        println!("nor this");
    });
    unikernel.wait_for("ready");
    let (sink, _) = std::io::pipe().expect("a pipe");
    let closed = BufReader::new(std::process::ChildStdout::from(std::os::fd::OwnedFd::from(sink)));
    drop(std::mem::replace(&mut unikernel.console, closed));
    unikernel.signal(Signal::TERM);
    assert_eq!(unikernel.end(), (Some(0), String::new()));
}

#[test]
fn wrong_attachments_end_with_64_and_are_named() {
    let words = ["--disk", "dada=x.img"].map(OsStr::new);
    let name = "wrong_attachments_end_with_64_and_are_named";
    let unikernel = process(name, &words, async |_| println!("not reached"));
    let (status, errors) = unikernel.end();
    assert_eq!(status, Some(64), "{errors}");
    let words = "test: --disk dada: this unikernel has no disk `dada`, did you mean `data`?\n";
    assert!(errors.starts_with(words), "{errors}");
}

#[test]
fn words_that_are_no_text_end_with_64_and_are_named() {
    let words = [OsStr::from_bytes(b"--disk=data=\xff")];
    let name = "words_that_are_no_text_end_with_64_and_are_named";
    let unikernel = process(name, &words, async |_| println!("not reached"));
    let errors = "test: --disk=data=\u{fffd}: not UTF-8\n".to_string();
    assert_eq!(unikernel.end(), (Some(64), errors));
}

#[test]
fn a_panic_is_reported_with_its_place_and_ends_with_101() {
    let name = "a_panic_is_reported_with_its_place_and_ends_with_101";
    let unikernel = process(name, &[], async |_| assert_eq!(1, 2, "numbers differ"));
    let (status, errors) = unikernel.end();
    assert_eq!(status, Some(101));
    let place = format!("test 1.2.3 panicked at {}:", file!());
    assert!(errors.starts_with(&place) && errors.contains("numbers differ"), "{errors}");
}
