//! Consoles and sources of entropy.

use std::{cell::RefCell, rc::Rc};

use sarab_queue::Events;
use sarab_virtio::{
    Class, OpenError,
    console::Console,
    entropy::{self, EntropyError},
};

use crate::fake::{EVENT_INDEX, Fake};

/// A console that keeps what is written.
fn console(features: u64) -> (Rc<Fake>, Rc<RefCell<Vec<u8>>>, Console) {
    let fake = Rc::new(Fake::new(Class::Console, features, vec![], &[64, 64]));
    let text = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&text);
    fake.serve_by(move |fake, queue| {
        while let Some(chain) = fake.take(queue).filter(|_| queue == 1) {
            kept.borrow_mut().extend(chain.sent());
            fake.give(queue, chain.head, 0);
        }
    });
    // SAFETY: the device is a function of this process, which writes to what it was lent only.
    let console = unsafe { Console::open(Rc::clone(&fake) as _) }.expect("a sound console");
    (fake, text, console)
}

#[test]
fn lines_are_sent_as_one_batch() {
    let (fake, text, console) = console(0);
    console.notify();
    fake.notified.take();
    for line in ["one\n", "two\n", "three\n"] {
        console.write(line.as_bytes());
    }
    assert!(text.borrow().is_empty());
    console.notify();
    assert_eq!(text.borrow()[..], *b"one\ntwo\nthree\n");
    assert_eq!(fake.notified.take(), [1]);
}

#[test]
fn all_text_comes_in_order_however_much_there_is() {
    for features in [0, EVENT_INDEX] {
        let (_fake, text, console) = console(features);
        let lines: Vec<_> = (0..20_000).map(|number| format!("line {number}\n")).collect();
        for line in &lines {
            console.write(line.as_bytes());
        }
        console.flush();
        assert_eq!(String::from_utf8(text.take()), Ok(lines.concat()));
    }
}

#[test]
fn a_console_that_takes_nothing_is_given_up() {
    let (fake, text, console) = console(0);
    fake.serve_nothing();
    for _ in 0..1000 {
        console.write(&[b'x'; 1000]);
    }
    assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
    console.flush();
    assert!(text.borrow().is_empty() && !console.deliver());
}

#[test]
fn what_comes_is_read_in_order() {
    let (fake, _, console) = console(EVENT_INDEX);
    for number in 0..100_u8 {
        let chain = fake.take(0).expect("a buffer");
        let written = chain.fill(&[number, number + 100]);
        fake.give(0, chain.head, written);
        assert!(console.deliver() && !console.deliver());
        assert_eq!(console.read()[..], [number, number + 100]);
    }
    assert!(console.read().is_empty());
}

#[test]
fn a_console_that_writes_too_much_is_given_up() {
    let (fake, _, console) = console(0);
    let chain = fake.take(0).expect("a buffer");
    fake.give(0, chain.head, u32::MAX);
    assert!(!console.deliver());
    assert!(console.read().is_empty());
    assert_eq!(fake.status.get(), 0);
}

/// Asks a source for `count` bytes that gives what `answer` fills in, and says how many.
fn random(
    count: usize,
    answer: impl Fn(usize) -> Option<(u32, Vec<u8>)> + 'static,
) -> (Rc<Fake>, Result<Vec<u8>, EntropyError>) {
    let fake = Rc::new(Fake::new(Class::Entropy, EVENT_INDEX, vec![], &[8]));
    fake.serve_by(move |fake, queue| {
        while let Some(chain) = fake.take(queue) {
            let Some((written, data)) = answer(chain.room()) else { return };
            chain.fill(&data);
            fake.give(queue, chain.head, written);
        }
    });
    let mut room = vec![0; count];
    // SAFETY: the device is a function of this process, which writes to what it was lent only.
    let filled = unsafe { entropy::fill(Rc::clone(&fake) as _, &mut room) };
    (fake, filled.map(|()| room))
}

#[test]
fn all_of_a_buffer_is_filled_in_pieces_as_small_as_the_source_likes() {
    for piece in [1, 7, 64] {
        let (fake, filled) = random(200, move |room| {
            let size = room.min(piece);
            Some((u32::try_from(size).unwrap(), vec![0xaa; size]))
        });
        assert_eq!(filled, Ok(vec![0xaa; 200]));
        assert_eq!(fake.status.get(), 0, "it is reset");
    }
}

#[test]
fn a_source_that_gives_nothing_ends_in_an_error() {
    for answer in [None, Some(0), Some(65), Some(u32::MAX)] {
        let (fake, filled) = random(200, move |_| Some((answer?, vec![])));
        assert_eq!(filled, Err(EntropyError::Silent));
        assert_eq!(fake.status.get(), 0);
    }
}

#[test]
fn a_source_that_cannot_be_opened_is_named() {
    let fake = Rc::new(Fake::new(Class::Entropy, 0, vec![], &[]));
    // SAFETY: the device is a function of this process, which writes to nothing.
    let error = unsafe { entropy::fill(fake as _, &mut [0; 4]) }.expect_err("it has no queue");
    assert!(matches!(error, EntropyError::Open(OpenError { class: Class::Entropy, .. })));
}
