//! Signals, debuggers, and who ends with whom.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use sarab_guest::qemu::{QEMU, SANDBOX};

use crate::{
    fixture::{Fixture, Running},
    guest::Code,
};

/// Starts a guest that prints a letter and then waits, or says that the test was skipped.
fn started(guest: &Code) -> Option<(Fixture, Running)> {
    let fixture = Fixture::with_qemu(&guest.image())?;
    let mut running = fixture.start(&[]);
    running.expect(b"a");
    Some((fixture, running))
}

#[test]
fn a_signal_asks_the_guest_to_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let guest = Code::new().print("a").echo().status(5).end();
        let Some((_fixture, running)) = started(&guest) else { return };
        running.signal(signal);
        assert_eq!(running.end().status, Some(5));
    }
}

#[test]
fn a_second_signal_ends_the_machine() {
    let Some((_fixture, running)) = started(&Code::new().print("a").rest()) else { return };
    let qemu = running.qemu();
    running.signal(Signal::INT);
    running.signal(Signal::TERM);
    assert_eq!(running.end().status, Some(130));
    wait_for_end(qemu);
}

#[test]
fn the_machine_ends_with_its_tender() {
    let Some((_fixture, running)) = started(&Code::new().print("a").rest()) else { return };
    let qemu = running.qemu();
    running.signal(Signal::KILL);
    assert_eq!(running.end().status, None);
    wait_for_end(qemu);
}

#[test]
fn the_tender_ends_with_its_machine() {
    let Some((_fixture, running)) = started(&Code::new().print("a").rest()) else { return };
    kill_process(running.qemu(), Signal::KILL).expect("it is there");
    let said = running.end();
    assert_eq!(said.status, Some(137));
    assert_eq!(said.error, "sarab-qemu: QEMU was ended by signal 9\n");
}

#[test]
fn a_qemu_that_can_is_fenced_in() {
    let can = Command::new(QEMU).args(SANDBOX).arg("-version").output();
    if !can.is_ok_and(|output| output.status.success()) {
        return sarab_skip::skip("this QEMU has no -sandbox");
    }
    let Some((_fixture, running)) = started(&Code::new().print("a").rest()) else { return };
    let path = format!("/proc/{}/status", running.qemu().as_raw_nonzero());
    let status = fs::read_to_string(path).expect("it runs");
    // 2 is that of a filter (proc(5)).
    assert!(status.contains("\nSeccomp:\t2\n"), "{status}");
}

#[test]
fn a_debugger_is_waited_for() {
    let guest = Code::new().print("a").status(6).end();
    let Some(fixture) = Fixture::with_qemu(&guest.image()) else { return };
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let address = free.expect("there is a free port");
    let running = fixture.start(&["--debug", &address.port().to_string()]);
    let mut debugger = wait_for(|| TcpStream::connect(address).ok());
    debugger.write_all(b"$?#3f").expect("it listens");
    let mut answer = [0; 5];
    debugger.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"+$T05");
    debugger.write_all(b"+$c#63").expect("it listens");
    let said = running.end();
    assert_eq!((said.status, &*said.out), (Some(6), "a"));
}

/// Tries until `attempt` succeeds.
fn wait_for<T>(attempt: impl Fn() -> Option<T>) -> T {
    for _ in 0..1000 {
        if let Some(it) = attempt() {
            return it;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not come");
}

/// Waits until a process is gone, or has nothing left but its number.
fn wait_for_end(process: Pid) {
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    wait_for(|| fs::read_to_string(&path).map_or(Some(()), |it| it.contains(") Z ").then_some(())));
}
