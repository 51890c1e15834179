//! What comes out of a guest, and what goes in.

use crate::{
    fixture::{Fixture, MACHINES, Said},
    guest::Code,
};

#[test]
fn words_streams_and_status_arrive() {
    let guest = Code::new().print_command_line().report("a line\n").status(42).end();
    let Some(fixture) = Fixture::with_qemu(&guest.image()) else { return };
    for machine in MACHINES {
        let mut said = fixture.run(&["--machine", machine], &["--key", "two words", "a\"b\\"]);
        // Where there is no other way, the machine says where its one device is.
        let (words, places) =
            said.out.split_at(said.out.find(" virtio_mmio").unwrap_or(said.out.len()));
        let count = places.matches(" virtio_mmio.device=512@0x").count();
        assert_eq!(count, usize::from(machine == "microvm"), "{places}");
        said.out = words.into();
        let out = r#"--key "two words" "a\"b\\""#.into();
        assert_eq!(said, Said { status: Some(42), out, error: "a line\n".into() }, "{machine}");
    }
}

#[test]
fn the_serial_port_changes_nothing() {
    let guest = Code::new().echo().status(7).end();
    let Some(fixture) = Fixture::with_qemu(&guest.image()) else { return };
    // What a terminal or QEMU's monitor would take for its own.
    let bytes = b"a\n\r\x01c\x01x\x1a\x1c\x7f\0\xff\x11\x13z";
    for machine in MACHINES {
        let mut running = fixture.start(&["--machine", machine]);
        running.send(bytes);
        running.expect(bytes);
        running.send(&[3]);
        let said = running.end();
        assert_eq!(said, Said { status: Some(7), out: String::new(), error: String::new() });
    }
}

#[test]
fn a_long_command_line_arrives_whole() {
    let guest = Code::new().print_command_line().status(0).end();
    let Some(fixture) = Fixture::with_qemu(&guest.image()) else { return };
    for (machine, size) in [("microvm", 60_000), ("q35", 4095)] {
        let word = "x".repeat(size);
        let said = fixture.run(&["--machine", machine], &[&word]);
        assert_eq!((said.status, &said.out[..size], &*said.error), (Some(0), &*word, ""));
    }
}

#[test]
fn a_guest_that_ends_without_a_status_has_crashed_or_says_nothing() {
    let silent = "sarab-qemu: the machine ended without a status\n";
    for (guest, status, error) in [
        (Code::new().report("crash: panic\n  at 0x12\n").reset(), 104, "crash: panic\n  at 0x12\n"),
        (Code::new().report("no crash: ").print("x").end(), 1, "no crash: "),
        (Code::new().reset(), 1, ""),
    ] {
        let Some(fixture) = Fixture::with_qemu(&guest.image()) else { return };
        for machine in MACHINES {
            let said = fixture.run(&["--machine", machine], &[]);
            let error = if status == 1 { format!("{error}{silent}") } else { error.into() };
            assert_eq!((said.status, said.error), (Some(status), error), "{machine}");
        }
    }
}

#[test]
fn whoever_stops_reading_does_not_stop_the_guest() {
    let guest = Code::new().print("a").echo().status(9).end();
    let Some(fixture) = Fixture::with_qemu(&guest.image()) else { return };
    let mut running = fixture.start(&[]);
    running.expect(b"a");
    drop(running.0.stdout.take());
    running.send(b"to nobody\x03");
    assert_eq!(running.0.wait().expect("it is a child").code(), Some(9));
}
