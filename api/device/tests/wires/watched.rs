//! Middleware around networks.

use std::{cell::RefCell, rc::Rc, time::Duration};

use sarab_device::{
    Bytes, Checksum, Error, ErrorKind, IpVersion, Listener, Net, Packet, Read, Segmentation, Tcp,
    Write, check,
    middleware::{Capture, Fault, Harm, Record, Trace, Verb, Watched, When},
};

use super::{
    card::{ALL, cards, cards_that},
    host::{ADDRESS, host},
    run,
};

fn frame(number: u8) -> Bytes {
    vec![number; 60].into()
}

/// Sends `count` frames and returns the numbers of those that are then on the other side.
fn received(fault: Fault, count: u8, arriving: usize) -> Vec<u8> {
    let (one, other) = cards("none");
    let one = Watched::new(one, fault);
    for number in 0..count {
        run(one.send(frame(number))).unwrap();
    }
    (0..arriving).map(|_| run(other.recv()).unwrap()[20]).collect()
}

#[test]
fn a_watched_network_keeps_its_promises() {
    let (one, other) = cards("none");
    let record = Rc::new(Record::new(4));
    let cards = (Watched::new(one, Rc::clone(&record)), Watched::new(other, Rc::clone(&record)));
    assert_eq!(run(check::net(&cards.0, &cards.1)), Ok(()));
    let host = Rc::new(Watched::new(host("none"), record));
    assert_eq!(run(check::stack(Rc::clone(&host), host, ADDRESS)), Ok(()));
}

#[test]
fn a_fault_loses_and_doubles_frames() {
    let fault = Fault::new(1).on(Verb::Send, When::Nth(2), Harm::Lose).on(
        Verb::Send,
        When::Nth(3),
        Harm::Double,
    );
    assert_eq!(received(fault, 4, 4), [0, 2, 2, 3]);
}

#[test]
fn a_fault_flips_one_bit_of_a_frame() {
    let fault = Fault::new(1).on(Verb::Send, When::Nth(1), Harm::Corrupt { bit: 20 * 8 + 7 });
    assert_eq!(received(fault, 1, 1), [0x80]);
}

#[test]
fn a_watched_card_does_for_its_user_what_the_card_does() {
    let (one, other) = cards_that(ALL, "none");
    let record = Rc::new(Record::new(4));
    let cards = (Watched::new(one, Rc::clone(&record)), Watched::new(other, record));
    assert_eq!(cards.0.offloads(), ALL);
    assert_eq!(run(check::net(&cards.0, &cards.1)), Ok(()));
}

#[test]
fn damage_to_a_packet_is_damage_that_its_checksum_tells() {
    let damage = || Fault::new(1).on(Verb::Send, When::Nth(1), Harm::Corrupt { bit: 20 * 8 });
    let (checksum, segmentation) = (Checksum::Partial { start: 34, offset: 16 }, None);
    let packet = Packet { frame: frame(1), checksum, segmentation };
    let (one, other) = cards_that(ALL, "none");
    run(Watched::new(one, damage()).send_packet(packet.clone())).unwrap();
    let received = run(other.recv_packet()).unwrap();
    assert_eq!(received.checksum, Checksum::Complete);
    let mut sound = received.frame.to_vec();
    sound[20] ^= 1;
    assert_eq!(sound, packet.clone().into_frame());

    let version = IpVersion::V4;
    let cut = Some(Segmentation { version, header_bytes: 54, segment_bytes: 3 });
    let (one, other) = cards_that(ALL, "none");
    run(Watched::new(one, damage()).send_packet(Packet { segmentation: cut, ..packet })).unwrap();
    let received = run(other.recv_packet()).unwrap();
    assert_eq!((received.checksum, received.segmentation), (checksum, cut));
    let damaged = (0..60).filter(|&at| received.frame[at] != 1).collect::<Vec<_>>();
    assert_eq!(damaged, [20, 50]);
}

#[test]
fn a_frame_is_lost_on_its_way_in_as_well() {
    let (one, other) = cards("none");
    let fault = Fault::new(1).on(Verb::Recv, When::Nth(1), Harm::Lose);
    let other = Watched::new(other, fault);
    run(one.send(frame(1))).unwrap();
    run(one.send(frame(2))).unwrap();
    assert_eq!(run(other.recv()).unwrap(), frame(2));
}

#[test]
fn a_capture_is_what_a_packet_analyser_reads() {
    let (one, other) = cards("none");
    let written = RefCell::new(Vec::new());
    let wall_clock = || Duration::new(1_700_000_000, 5_000);
    let card = Watched::new(
        one,
        Capture::new(wall_clock, |bytes| written.borrow_mut().extend_from_slice(bytes)),
    );
    run(card.send(frame(1))).unwrap();
    run(other.send(frame(2))).unwrap();
    run(card.recv()).unwrap();
    run(card.send(Bytes::new())).unwrap_err();
    let mut expected =
        vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for number in [1, 2] {
        expected.extend([0x00, 0xf1, 0x53, 0x65, 5, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0]);
        expected.extend([number; 60]);
    }
    assert_eq!(*written.borrow(), expected);
}

#[test]
fn a_connection_is_watched_by_the_observer_of_its_host() {
    let fault = Fault::new(1)
        .on(Verb::Connect, When::Nth(1), Harm::Fail(ErrorKind::TimedOut))
        .on(Verb::Write, When::Nth(2), Harm::Corrupt { bit: 0 })
        .on(Verb::Read, When::Nth(2), Harm::Fail(ErrorKind::Disconnected));
    let tcp = Watched::new(host("none"), Rc::new(fault));
    let tcp = sarab_device::Stack::tcp(&tcp);
    let listener = run(tcp.listen(0)).unwrap();
    let remote = (ADDRESS, listener.port()).into();
    assert_eq!(run(tcp.connect(remote)).map(drop).unwrap_err().kind(), ErrorKind::TimedOut);
    let mut near = run(tcp.connect(remote)).unwrap();
    let mut far = run(listener.accept()).unwrap();
    assert_eq!(run(near.write(b"aa")), Ok(2));
    assert_eq!(run(near.write(b"aa")), Ok(2));
    let mut buffer = [0; 8];
    assert_eq!(run(far.read(&mut buffer)), Ok(4));
    assert_eq!(&buffer[..4], b"aa`a");
    let error = run(far.read(&mut buffer)).unwrap_err();
    assert_eq!(embedded_io::Error::kind(&error), embedded_io::ErrorKind::ConnectionReset);
}

/// Keeps the lines that were logged on each thread.
struct Lines;

thread_local! {
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        LOGGED.with_borrow_mut(|lines| lines.push(line));
    }

    fn flush(&self) {}
}

#[test]
fn a_trace_logs_each_operation_with_its_sizes_and_its_time() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let (one, other) = cards("none");
    let card = Watched::new(one, Trace::new("net0", || Duration::from_micros(7)));
    run(card.send(frame(1))).unwrap();
    run(other.send(frame(2))).unwrap();
    run(card.recv()).unwrap();
    run(card.send(Bytes::new())).unwrap_err();
    let lines = [
        "DEBUG net0: send, 60 bytes: 0 came in 0 us",
        "DEBUG net0: recv, 0 bytes: 60 came in 0 us",
        "DEBUG net0: send, 0 bytes: failed in 0 us: InvalidInput",
    ];
    assert_eq!(LOGGED.take(), lines);
}
