//! Devices that are not honest: all that comes of it is an error, or nothing.

use std::{
    cell::RefCell,
    pin::pin,
    rc::Rc,
    task::{Context, Waker},
};

use bytes::Bytes;
use proptest::prelude::*;
use sarab_device::{Block, Error, ErrorKind, Net};
use sarab_queue::Events;
use sarab_virtio::{Transport, net::RECEIVE_BYTES};

use crate::{
    card::card,
    disk::{disk, open},
    fake::{EVENT_INDEX, Fake, INDIRECT},
    fake_card::{self, CUTS, JOINS, MRG_RXBUF},
    fake_disk::{self, FLUSH, SIZE_MAX, Shape},
    run,
    side::Chain,
    turn,
};

/// A disk that answers a request as `answer` wants to.
///
/// It takes requests of eight sectors at most.
fn evil_disk(answer: impl Fn(&Fake, &Chain) + 'static) -> Rc<Fake> {
    let features = FLUSH | SIZE_MAX;
    let fake = fake_disk::idle(Shape { features, size_max: 4096, ..Shape::PLAIN });
    fake.serve_by(move |fake, queue| {
        while let Some(chain) = fake.take(queue) {
            answer(fake, &chain);
        }
    });
    fake
}

fn is_given_up(fake: &Rc<Fake>) {
    let (disk, requests) = disk(fake);
    let reads = [disk.read(0, 8), disk.read(8, 1)];
    for read in reads {
        let error = run(&[&*requests], read).expect_err("the disk is given up");
        assert_eq!(error.kind(), ErrorKind::Failed);
    }
    assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
    let error = run(&[&*requests], disk.write(0, Bytes::from(vec![1; 512])));
    assert_eq!(error.expect_err("it stays so").kind(), ErrorKind::Failed);
    assert!(run(&[&*requests], disk.read(0, 3000)).is_err());
}

#[test]
fn a_disk_that_uses_what_was_not_lent_is_given_up() {
    for id in [1, 2, 3, 62, 63, 64, 65_536, u32::MAX] {
        is_given_up(&evil_disk(move |fake, _| fake.give(0, id, 1)));
    }
}

#[test]
fn a_disk_that_writes_more_than_was_lent_is_given_up() {
    for more in [1, 1 << 20, u32::MAX - 10_000] {
        is_given_up(&evil_disk(move |fake, chain| {
            let room = u32::try_from(chain.room()).unwrap();
            fake.give(0, chain.head, room + more);
        }));
    }
}

#[test]
fn a_disk_that_counts_wrong_is_given_up() {
    for step in [2, 100, 65_535] {
        is_given_up(&evil_disk(move |fake, chain| {
            let written = chain.fill(&vec![0; chain.room()]);
            fake.give(0, chain.head, written);
            fake.with_side(0, |side| side.show(side.used.wrapping_add(step - 1)));
        }));
    }
}

#[test]
fn a_disk_that_answers_twice_is_given_up() {
    let fake = evil_disk(|fake, chain| {
        let written = chain.fill(&vec![0; chain.room()]);
        fake.give(0, chain.head, written);
        fake.give(0, chain.head, written);
    });
    let (disk, requests) = disk(&fake);
    let mut reads: Vec<_> = (0..4).map(|first| Box::pin(disk.read(first, 1))).collect();
    let context = &mut Context::from_waker(Waker::noop());
    assert!(reads.iter_mut().all(|read| read.as_mut().poll(context).is_pending()));
    let results: Vec<_> = reads.into_iter().map(|read| run(&[&*requests], read)).collect();
    assert!(results.iter().any(Result::is_err), "{results:?}");
    assert_eq!(fake.status.get(), 0);
}

#[test]
fn a_disk_that_writes_too_little_has_failed() {
    let fake = evil_disk(|fake, chain| {
        chain.fill(&vec![0; chain.room()]);
        fake.give(0, chain.head, u32::try_from(chain.room()).unwrap() - 1);
    });
    let (disk, requests) = disk(&fake);
    for count in [1, 2999] {
        let error = run(&[&*requests], disk.read(0, count)).expect_err("not all was read");
        assert_eq!(error.kind(), ErrorKind::Failed);
    }
    assert_eq!(fake.resets.get(), 1, "it works, as far as can be seen");
}

#[test]
fn a_disk_that_writes_no_status_has_failed() {
    let fake = evil_disk(|fake, chain| {
        fake.give(0, chain.head, u32::try_from(chain.room()).unwrap());
    });
    let (disk, requests) = disk(&fake);
    assert!(run(&[&*requests], disk.read(0, 1)).is_err());
    assert!(run(&[&*requests], disk.flush()).is_err());
}

#[test]
fn a_disk_that_never_answers_is_waited_for() {
    let fake = fake_disk::idle(Shape::PLAIN);
    let (disk, requests) = disk(&fake);
    let mut read = pin!(disk.read(0, 1));
    let context = &mut Context::from_waker(Waker::noop());
    for _ in 0..10 {
        assert!(read.as_mut().poll(context).is_pending());
        assert!(!turn(&[&*requests]));
    }
    // Nor does anything come of it when somebody resets it meanwhile.
    assert!(fake.reset());
    assert!(!turn(&[&*requests]));
    assert!(read.as_mut().poll(context).is_pending());
}

#[test]
fn a_disk_that_does_not_tell_its_serial_number_is_given_up() {
    for wants_reset in [false, true] {
        let fake = fake_disk::idle(Shape::PLAIN);
        let queue = open(&fake);
        if wants_reset {
            fake.status.set(0b0100_1111);
        }
        assert_eq!(queue.serial(), None);
        assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
        assert_eq!(queue.serial(), None);
        let (disk, requests) = queue.into_disk("data");
        assert!(run(&[&*requests], disk.read(0, 1)).is_err());
    }
}

#[test]
fn a_disk_that_does_not_stop_keeps_its_memory() {
    let fake = evil_disk(|fake, _| fake.give(0, 77_u32, 0));
    let (disk, requests) = disk(&fake);
    let data = Bytes::from(vec![1; 512]);
    let mut write = Box::pin(disk.write(0, data.clone()));
    let context = &mut Context::from_waker(Waker::noop());
    assert!(write.as_mut().poll(context).is_pending());
    fake.does_reset.set(false);
    assert!(!turn(&[&*requests]) && !turn(&[&*requests]));
    assert!(write.as_mut().poll(context).is_pending());
    drop(write);
    assert!(!turn(&[&*requests]));
    assert!(!data.is_unique());
}

/// A card that fills each buffer by `answer`, which returns the length that it claims.
fn evil_card(features: u64, answer: impl Fn(&Chain) -> u32 + 'static) -> Rc<Fake> {
    let fake = fake_card::idle(features);
    fake.serve_by(move |fake, queue| {
        if queue != 0 {
            return;
        }
        while let Some(chain) = fake.take(queue) {
            let written = answer(&chain);
            fake.give(queue, chain.head, written);
        }
    });
    fake
}

/// Lets the card work for a while; returns the sizes of the frames that came.
fn received(fake: &Rc<Fake>) -> Vec<usize> {
    let (card, frames) = card(fake, RECEIVE_BYTES);
    let context = &mut Context::from_waker(Waker::noop());
    let mut sizes = Vec::new();
    for _ in 0..100 {
        while let std::task::Poll::Ready(packet) = pin!(card.recv_packet()).poll(context) {
            sizes.push(packet.expect("a packet").frame.len());
            if sizes.len() > 2000 {
                return sizes;
            }
        }
        turn(&[&*frames]);
    }
    sizes
}

#[test]
fn buffers_without_a_header_are_no_frames() {
    for features in [0, MRG_RXBUF] {
        for written in 0..12 {
            let fake = evil_card(features, move |_| written);
            assert!(received(&fake).is_empty());
            assert_eq!(fake.status.get(), 0, "the driver has ended");
        }
    }
}

#[test]
fn a_frame_that_says_it_lies_in_any_number_of_buffers_is_bounded() {
    for (count, features, size) in [
        (0_u16, MRG_RXBUF, None),
        (1, MRG_RXBUF, Some(88)),
        (u16::MAX, MRG_RXBUF, None),
        (1000, MRG_RXBUF, None),
        (15, MRG_RXBUF, Some(88 + 14 * 100)),
        (16, MRG_RXBUF, None),
        (700, MRG_RXBUF | CUTS | JOINS, None),
        (u16::MAX, 0, Some(88)),
    ] {
        let fake = evil_card(features, move |chain| {
            let mut data = vec![0; 100];
            data[10..12].copy_from_slice(&count.to_le_bytes());
            chain.fill(&data)
        });
        let sizes = received(&fake);
        assert!(sizes.iter().all(|it| Some(*it) == size), "{count}: {sizes:?}");
        assert_eq!(sizes.is_empty(), size.is_none(), "{count}");
    }
}

#[test]
fn headers_that_cannot_be_are_passed_over() {
    for (at, value) in [(1, 3), (1, 1), (1, 0xff), (8, 0xff)] {
        let fake = evil_card(0, move |chain| {
            let mut data = vec![0; 100];
            data[0] = 1;
            data[at] = value;
            chain.fill(&data)
        });
        assert!(received(&fake).is_empty());
    }
}

#[test]
fn a_card_that_writes_more_than_was_lent_is_given_up() {
    let fake = evil_card(0, |chain| u32::try_from(chain.room()).unwrap() + 1);
    let (card, frames) = card(&fake, RECEIVE_BYTES);
    let context = &mut Context::from_waker(Waker::noop());
    let mut received = pin!(card.recv());
    for _ in 0..10 {
        assert!(received.as_mut().poll(context).is_pending());
        turn(&[&*frames]);
    }
    assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
    for _ in 0..1000 {
        let sent = run(&[&*frames], card.send(Bytes::from(vec![1; 60])));
        sent.expect("it is lost, but sent");
    }
}

#[test]
fn a_card_that_takes_frames_twice_is_given_up() {
    for features in [0, EVENT_INDEX, INDIRECT] {
        let fake = fake_card::idle(features);
        fake.serve_by(|fake, queue| {
            while let Some(chain) = fake.take(queue).filter(|_| queue == 1) {
                fake.give(queue, chain.head, 0);
                fake.give(queue, chain.head, 0);
            }
        });
        let (card, frames) = card(&fake, RECEIVE_BYTES);
        for _ in 0..1000 {
            run(&[&*frames], card.send(Bytes::from(vec![1; 60]))).expect("it is sent");
            turn(&[&*frames]);
        }
        assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
    }
}

#[test]
fn a_card_that_takes_no_command_is_given_up() {
    let fake = fake_card::idle(CUTS | JOINS);
    let (card, frames) = card(&fake, RECEIVE_BYTES);
    let mut received = pin!(card.recv());
    let context = &mut Context::from_waker(Waker::noop());
    assert!(received.as_mut().poll(context).is_pending());
    assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
    assert!(!turn(&[&*frames]));
}

#[test]
fn a_card_that_refuses_a_command_goes_on() {
    let fake = fake_card::idle(CUTS | JOINS);
    fake.serve_by(|fake, queue| {
        while let Some(chain) = fake.take(queue) {
            let written = chain.fill(&if queue == 2 { vec![1] } else { vec![0; 100] });
            fake.give(queue, chain.head, written);
        }
    });
    let (card, frames) = card(&fake, RECEIVE_BYTES);
    let frame = run(&[&*frames], card.recv()).expect("a frame");
    assert_eq!((frame.len(), fake.resets.get()), (88, 1));
}

/// An answer of a device: which number, how many bytes, and how far it counts on.
type Answer = (u32, u32, u16);

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let id = prop_oneof![4 => 0..16_u32, 1 => any::<u32>()];
    let size = prop_oneof![4 => 0..3000_u32, 1 => any::<u32>()];
    let step = prop_oneof![8 => Just(1_u16), 1 => 0..4_u16, 1 => any::<u16>()];
    prop::collection::vec((id, size, step), 1..40)
}

/// Gives answers whatever was asked.
fn answer_by(fake: &Rc<Fake>, answers: Vec<Answer>) {
    let answers = RefCell::new(answers.into_iter());
    fake.serve_by(move |fake, queue| {
        while let Some(chain) = fake.take(queue) {
            chain.fill(&vec![0; chain.room()]);
            let Some((id, size, step)) = answers.borrow_mut().next() else { return };
            fake.give(queue, id, size);
            fake.with_side(queue, |side| side.show(side.used.wrapping_add(step.wrapping_sub(1))));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_a_disk_answers_no_request_is_wrong_twice(answers in answers()) {
        let fake = fake_disk::idle(Shape { features: FLUSH | INDIRECT, ..Shape::PLAIN });
        answer_by(&fake, answers);
        let (disk, requests) = disk(&fake);
        let context = &mut Context::from_waker(Waker::noop());
        let mut reads: Vec<_> = (0..20).map(|first| Box::pin(disk.read(first, 2))).collect();
        for _ in 0..50 {
            reads.retain_mut(|read| match read.as_mut().poll(context) {
                std::task::Poll::Ready(Ok(data)) => { assert_eq!(data.len(), 1024); false }
                std::task::Poll::Ready(Err(_)) => false,
                std::task::Poll::Pending => true,
            });
            turn(&[&*requests]);
        }
    }

    #[test]
    fn whatever_a_card_answers_frames_have_their_bounds(answers in answers()) {
        let fake = fake_card::idle(MRG_RXBUF | EVENT_INDEX);
        answer_by(&fake, answers);
        let (card, frames) = card(&fake, RECEIVE_BYTES);
        let context = &mut Context::from_waker(Waker::noop());
        for _ in 0..20 {
            if let std::task::Poll::Ready(Ok(frame)) = pin!(card.recv()).poll(context) {
                assert!(frame.len() <= 1514);
            }
            let _ = pin!(card.send(Bytes::from(vec![1; 60]))).poll(context);
            frames.listen(true);
            turn(&[&*frames]);
        }
    }
}
