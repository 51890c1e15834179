//! Waiting: who is woken, and by what.

use std::{
    io::Write,
    os::unix::net::UnixStream,
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, Wake, Waker},
    thread,
};

use super::*;

#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn pair() -> (Source<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    ours.set_nonblocking(true).expect("a socket need not block");
    (Source::new(ours, Start::Unknown).expect("a source"), theirs)
}

fn poll<F: Future>(future: Pin<&mut F>, count: &Arc<Count>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(count));
    future.poll(&mut Context::from_waker(&waker))
}

fn turn() -> usize {
    Reactor::current().expect("a reactor").wait(Some(Duration::ZERO))
}

fn take(source: &Source<UnixStream>) -> impl Future<Output = Result<usize, Errno>> {
    source.read(|socket| rustix::io::read(socket, &mut [0; 16]))
}

#[test]
fn a_reader_is_woken_once_by_its_bytes() {
    let (source, mut peer) = pair();
    turn();
    let woken = Arc::new(Count::default());
    let mut read = pin!(take(&source));
    assert!(poll(read.as_mut(), &woken).is_pending());
    peer.write_all(b"abc").expect("room for three bytes");
    assert_eq!(turn(), 1);
    assert_eq!(woken.get(), 1);
    assert!(matches!(poll(read.as_mut(), &woken), Poll::Ready(Ok(3))));
}

#[test]
fn two_readers_of_one_descriptor_are_both_woken() {
    let (source, mut peer) = pair();
    turn();
    let (one, two) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (mut first, mut second) = (pin!(take(&source)), pin!(take(&source)));
    assert!(poll(first.as_mut(), &one).is_pending());
    assert!(poll(second.as_mut(), &two).is_pending());
    peer.write_all(b"a").expect("room for a byte");
    turn();
    assert_eq!((one.get(), two.get()), (1, 1));
    assert!(poll(second.as_mut(), &two).is_ready());
    assert!(poll(first.as_mut(), &one).is_pending());
}

#[test]
fn a_dropped_reader_is_not_woken_and_takes_nothing() {
    let (source, mut peer) = pair();
    turn();
    let woken = Arc::new(Count::default());
    {
        let mut read = pin!(take(&source));
        assert!(poll(read.as_mut(), &woken).is_pending());
    }
    peer.write_all(b"a").expect("room for a byte");
    turn();
    assert_eq!(woken.get(), 0);
    assert!(poll(pin!(take(&source)), &woken).is_ready());
}

#[test]
fn an_end_that_comes_with_the_last_bytes_is_seen_after_them() {
    let (source, mut peer) = pair();
    peer.write_all(b"abc").expect("room for three bytes");
    drop(peer);
    turn();
    let woken = Arc::new(Count::default());
    assert!(matches!(poll(pin!(take(&source)), &woken), Poll::Ready(Ok(3))));
    source.is_drained();
    assert!(matches!(poll(pin!(take(&source)), &woken), Poll::Ready(Ok(0))));
}

#[test]
fn thousands_of_idle_descriptors_cost_an_event_nothing() {
    let idle: Vec<_> = (0..400).map(|_| pair()).collect();
    let (busy, mut peer) = pair();
    let woken = Arc::new(Count::default());
    let mut waits: Vec<_> = idle.iter().map(|(source, _)| Box::pin(take(source))).collect();
    while turn() > 0 {}
    for wait in &mut waits {
        assert!(poll(wait.as_mut(), &woken).is_pending());
    }
    for _ in 0..100 {
        let mut read = pin!(take(&busy));
        assert!(poll(read.as_mut(), &woken).is_pending());
        peer.write_all(b"a").expect("room for a byte");
        assert_eq!(turn(), 1, "one event, whatever else is watched");
        assert!(poll(read.as_mut(), &woken).is_ready());
    }
    assert_eq!(woken.get(), 100, "nobody was woken in vain");
}

#[test]
fn a_wait_that_was_dropped_leaves_nothing_behind() {
    let (source, _peer) = pair();
    while turn() > 0 {}
    let woken = Arc::new(Count::default());
    for _ in 0..1000 {
        assert!(poll(pin!(take(&source)), &woken).is_pending());
    }
    assert_eq!(Arc::strong_count(&woken), 1, "no waker is left");
}

#[test]
fn a_descriptor_that_is_always_ready_lets_others_run() {
    let (source, mut peer) = pair();
    peer.write_all(&[0; 4096]).expect("room for a page");
    turn();
    let woken = Arc::new(Count::default());
    let pending =
        (0..200).filter(|_| poll(pin!(source.readable(|_| Ok(()))), &woken).is_pending()).count();
    assert_eq!(pending, 3);
    assert_eq!(woken.get(), 3);
}

#[test]
fn another_thread_ends_a_wait() {
    let reactor = Reactor::current().expect("a reactor");
    let alarm = reactor.alarm();
    let ringing = thread::spawn(move || alarm.ring());
    assert_eq!(reactor.wait(None), 1);
    ringing.join().expect("it does not panic");
}

#[test]
fn an_alarm_before_a_wait_ends_it_and_many_are_one() {
    let reactor = Reactor::current().expect("a reactor");
    for _ in 0..3 {
        reactor.alarm().ring();
        reactor.alarm().ring();
        assert_eq!(reactor.wait(None), 1);
    }
    assert_eq!(turn(), 0);
}

#[test]
fn a_removed_source_gets_no_events() {
    let (source, mut peer) = pair();
    turn();
    drop(source);
    let _ = peer.write_all(b"a");
    assert_eq!(turn(), 0);
}
