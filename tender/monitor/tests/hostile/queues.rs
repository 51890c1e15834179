//! Guests that use their queues well, and guests that do not.

use std::fs;

use sarab_abi::{Completion, Control, Counts, Outcome, PIECE_BYTES_MIN, Request, Submission};
use sarab_monitor::{After, crash::Crash};

use crate::guest::{DISK_BYTES, Guest};

const DISK: (usize, usize) = (0, 0);
const TRANSMIT: (usize, usize) = (1, 0);
const RECEIVE: (usize, usize) = (1, 1);
const SERVE: u32 = 0;

fn request(request: Request, address: u64, size_bytes: u32, first: u64, token: u32) -> Submission {
    let mut header = [0; 12];
    header[..8].copy_from_slice(&first.to_le_bytes());
    Submission { address, size_bytes, token, header, request: request as u32 }
}

/// Rings until `count` requests were completed, and returns how each ended, by token.
fn completed(guest: &mut Guest, (device, queue): (usize, usize), count: u32) -> Vec<Completion> {
    let (slots, queue) = (guest.devices[device].slots, guest.devices[device].queues[queue]);
    let memory = |guest: &Guest, at: u64| guest.tender.memory().get::<Counts>(at).expect("counts");
    while memory(guest, queue).completed < count {
        assert_eq!(guest.tender.ring(SERVE), After::GoOn);
        std::thread::yield_now();
    }
    let completion = |at| guest.tender.memory().get(queue + sarab_abi::completion_at(slots, at));
    let mut all: Vec<Completion> = (0..count).filter_map(completion).collect();
    all.sort_by_key(|completion| completion.token);
    all
}

#[test]
fn sectors_are_written_flushed_and_read_back() {
    let mut guest = Guest::new();
    let (from, to) = (guest.heap(), guest.heap() + 4096);
    guest.put(from, &[7_u8; 1024]);
    guest.submit(DISK, 0, &request(Request::Write, from, 1024, 3, 10));
    completed(&mut guest, DISK, 1);
    guest.submit(DISK, 1, &request(Request::Flush, 0, 0, 0, 11));
    guest.submit(DISK, 2, &request(Request::Read, to, 1536, 2, 12));
    guest.submit(DISK, 3, &request(Request::WriteThrough, from, 512, 127, 13));
    let done = completed(&mut guest, DISK, 4);
    assert!(done.iter().all(|it| it.outcome == Outcome::Done as u32), "{done:?}");
    let read: [u8; 1536] = guest.tender.memory().get(to).expect("it is in the heap");
    assert!(read[..512].iter().all(|byte| *byte == 0x55) && read[512..].iter().all(|it| *it == 7));
    let disk = guest.disk();
    assert!(disk[127 * 512..].iter().all(|byte| *byte == 7) && disk.len() == DISK_BYTES);
}

#[test]
fn a_request_that_does_not_fit_the_disk_is_answered_and_the_guest_goes_on() {
    let mut guest = Guest::new();
    let heap = guest.heap();
    let sectors = DISK_BYTES as u64 / 512;
    let requests = [
        request(Request::Read, heap, 512, sectors, 0),
        request(Request::Read, heap, 1024, sectors - 1, 1),
        request(Request::Write, heap, 512, u64::MAX, 2),
        request(Request::Write, heap, 511, 0, 3),
        request(Request::Discard, u64::MAX, 0, 1, 4),
        Submission { request: 77, token: 5, ..Submission::default() },
    ];
    for (count, request) in (0..).zip(&requests) {
        guest.submit(DISK, count, request);
    }
    let done = completed(&mut guest, DISK, 6);
    assert!(done.iter().all(|it| it.outcome == Outcome::Invalid as u32), "{done:?}");
    assert!(guest.disk().iter().all(|byte| *byte == 0x55));
}

#[test]
fn a_burst_of_frames_goes_out_and_comes_in_with_one_ring() {
    let mut guest = Guest::new();
    let (frame, piece) = (guest.heap(), guest.heap() + (256 << 10));
    guest.put(frame, &[9_u8; 60]);
    let sent = Submission { address: frame, size_bytes: 60, ..Submission::default() };
    let lent =
        Submission { address: piece, size_bytes: 100_000, token: 1, ..Submission::default() };
    guest.submit(RECEIVE, 0, &lent);
    (0..3).for_each(|count| guest.submit(TRANSMIT, count, &sent));
    for size in [70, 1524] {
        guest.wire.send(&vec![8; size]).expect("there is room");
    }
    assert_eq!(guest.tender.ring(SERVE), After::GoOn);
    let mut bytes = [0; 100];
    for _ in 0..3 {
        assert_eq!(guest.wire.recv(&mut bytes).expect("a frame"), 10 + 60);
        assert!(
            bytes[..10].iter().all(|byte| *byte == 0) && bytes[10..70].iter().all(|it| *it == 9)
        );
    }
    let came = completed(&mut guest, RECEIVE, 2);
    let places: Vec<_> = came.iter().map(|it| (it.offset_bytes, it.size_bytes)).collect();
    assert_eq!(places, [(0, 70), (80, 1524)]);
    assert_eq!(guest.tender.memory().get::<[u8; 70]>(piece), Some([8; 70]));
}

#[test]
fn a_piece_that_might_not_hold_the_next_frame_is_given_back() {
    let mut guest = Guest::new();
    let lent = Submission {
        address: guest.heap(),
        size_bytes: PIECE_BYTES_MIN + 100,
        token: 6,
        ..Submission::default()
    };
    guest.submit(RECEIVE, 0, &lent);
    guest.wire.send(&[8; 101]).expect("there is room");
    guest.wire.send(&[8; 60]).expect("there is room");
    let came = completed(&mut guest, RECEIVE, 2);
    assert_eq!(came[0].outcome, Outcome::Done as u32);
    assert_eq!((came[1].outcome, came[1].token), (Outcome::GivenBack as u32, 6));
}

#[test]
fn a_disks_thread_gets_no_signal_and_the_guests_thread_does() {
    let guest = Guest::new();
    let blocked = |status: String| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).map(str::trim);
        u64::from_str_radix(mask.expect("a mask"), 16).expect("a number")
    };
    let asking = 1 << (libc::SIGINT - 1) | 1 << (libc::SIGTERM - 1) | 1 << (libc::SIGSEGV - 1);
    // Those of other tests are there, too, and may go at any moment.
    let threads = fs::read_dir("/proc/self/task").expect("it has threads").flatten();
    let disks: Vec<u64> = threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok())
        .filter(|status| status.starts_with("Name:\tdisk\n"))
        .map(blocked)
        .collect();
    assert!(!disks.is_empty() && disks.iter().all(|mask| mask & asking == asking), "{disks:x?}");
    let own = fs::read_to_string("/proc/thread-self/status").expect("it runs");
    assert_eq!(blocked(own) & asking, 0);
    drop(guest);
}

/// Expects that a ring ends the guest, for something that it did with a device.
fn is_ended(guest: &mut Guest, device: &str, expected: &str) {
    match guest.tender.ring(SERVE) {
        After::Crashed(Crash::Violation { device: Some(name), what }) => {
            assert_eq!((name, what), (device, expected));
        }
        other => panic!("{expected}: {other:?}"),
    }
}

#[test]
fn wild_counts_end_the_guest() {
    for (device, queue) in [DISK, TRANSMIT, RECEIVE] {
        let name = ["data", "service"][device];
        let mut guest = Guest::new();
        let (counts, slots) = (guest.devices[device].queues[queue], guest.devices[device].slots);
        guest.put(counts, &(slots + 1));
        is_ended(&mut guest, name, "a wild count of submissions");
        if (device, queue) != TRANSMIT {
            let mut guest = Guest::new();
            guest.submit((device, queue), 0, &request(Request::Flush, 0, 0, 0, 0));
            guest.put(guest.devices[device].queues[queue] + 12, &1_u32);
            is_ended(&mut guest, name, "a wild count of completions");
        }
    }
}

#[test]
fn addresses_outside_of_its_memory_end_the_guest() {
    let outside = |guest: &Guest| [0, 0x1000, guest.heap() + (1 << 20) - 100, u64::MAX - 100];
    for case in 0..4 {
        let mut guest = Guest::new();
        let address = outside(&guest)[case];
        guest.submit(DISK, 0, &request(Request::Read, address, 512, 0, 0));
        is_ended(&mut guest, "data", "an address that is not of its memory");
        let mut guest = Guest::new();
        let frame = Submission { address, size_bytes: 1000, ..Submission::default() };
        guest.submit(TRANSMIT, 0, &frame);
        is_ended(&mut guest, "service", "an address that is not of its memory");
        let mut guest = Guest::new();
        let piece = Submission { address, size_bytes: 1 << 20, ..Submission::default() };
        guest.submit(RECEIVE, 0, &piece);
        is_ended(&mut guest, "service", "an address that is not of its memory");
    }
}

#[test]
fn a_disk_does_not_read_into_code_or_the_boot_page() {
    let guest = Guest::new();
    // Behind the stack come the boot page and the image.
    let (_, start) = guest.tender.stack();
    for address in [start, start + 0x2000, start + 0x3000] {
        let mut guest = Guest::new();
        guest.submit(DISK, 0, &request(Request::Read, address, 512, 0, 0));
        is_ended(&mut guest, "data", "an address that is not of its memory");
        // Writing what is there is no secret of anybody.
        let mut guest = Guest::new();
        guest.submit(DISK, 0, &request(Request::Write, address, 512, 0, 0));
        assert_eq!(completed(&mut guest, DISK, 1)[0].outcome, Outcome::Done as u32);
    }
}

#[test]
fn a_piece_too_short_for_a_frame_ends_the_guest() {
    let mut guest = Guest::new();
    let size_bytes = PIECE_BYTES_MIN - 1;
    let piece = Submission { address: guest.heap(), size_bytes, ..Submission::default() };
    guest.submit(RECEIVE, 0, &piece);
    is_ended(&mut guest, "service", "a piece of memory that no frame fits");
}

#[test]
fn an_unknown_ring_ends_the_guest() {
    for operation in [4, 0x100, u32::MAX] {
        let end = Guest::new().tender.ring(operation);
        assert!(matches!(end, After::Crashed(Crash::Violation { device: None, .. })), "{end:?}");
    }
}

#[test]
fn a_garbled_console_loses_its_texts_and_nothing_else() {
    let mut guest = Guest::new();
    let control = guest.devices[0].queues[0] - 4 * 4096;
    let console = control + size_of::<Control>() as u64;
    for (length, used) in [(u32::MAX, 8), (5, 8), (0, u32::MAX), (3, 2), (u32::MAX >> 1, u32::MAX)]
    {
        guest.put(console, &length);
        guest.put(control + 48, &used);
        assert_eq!(guest.tender.ring(SERVE), After::GoOn);
        assert_eq!(guest.tender.memory().get::<u32>(control + 48), Some(0));
    }
}

#[test]
fn an_endless_doorbell_costs_the_tender_no_memory() {
    let mut guest = Guest::new();
    for _ in 0..10_000 {
        assert_eq!(guest.tender.ring(SERVE), After::GoOn);
    }
}

#[test]
fn guests_that_write_anything_are_served_or_ended() {
    // A generator of numbers that are the same in every run (xorshift64, Marsaglia 2003).
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut dice = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut ended = 0;
    for _ in 0..300 {
        let mut guest = Guest::new();
        let program: Vec<u8> = (0..100).flat_map(|_| step(dice())).collect();
        ended += u32::from(guest.run(&program).is_some());
    }
    // Both kinds are there, or the programs are not worth much.
    assert!((30..300).contains(&ended), "{ended} of 300 were ended");
}

/// Makes a step of a program that is likely to have an effect.
fn step(dice: u64) -> [u8; 5] {
    let [place, kind, a, b, c, d, _, _] = dice.to_le_bytes();
    let place = if kind < 40 { 0xff } else { place };
    let value = match kind % 4 {
        0 => u32::from_le_bytes([a, b, c, d]),
        1 => u32::from(a) << 8,
        2 => u32::from(a % 4) * 2,
        _ => 512,
    };
    let value = if place == 0xff { value % 2 } else { value };
    let [a, b, c, d] = value.to_le_bytes();
    [place, a, b, c, d]
}
