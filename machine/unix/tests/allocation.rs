//! What waiting costs: nothing but the waker of the task.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    io::Write,
    os::unix::net::UnixStream,
    pin::pin,
    task::{Context, Waker},
    time::Duration,
};

use sarab_unix::reactor::{Reactor, Source, Start};

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    /// The allocations of this thread.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// The host's allocator, which counts.
struct Counting;

// SAFETY: all is left to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: by the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: by the contract of this function.
        unsafe { System.dealloc(at, layout) }
    }
}

#[test]
fn waiting_for_bytes_and_reading_them_allocates_nothing() {
    let (ours, mut peer) = UnixStream::pair().expect("a pair of sockets");
    ours.set_nonblocking(true).expect("a socket need not block");
    let source = Source::new(ours, Start::Unknown).expect("a source");
    let reactor = Reactor::current().expect("a reactor");
    let mut context = Context::from_waker(Waker::noop());
    let mut round = || {
        let mut read = pin!(source.read(|socket| rustix::io::read(socket, &mut [0; 16])));
        assert!(read.as_mut().poll(&mut context).is_pending());
        peer.write_all(b"abc").expect("room for three bytes");
        reactor.wait(Some(Duration::ZERO));
        assert!(read.as_mut().poll(&mut context).is_ready());
    };
    reactor.wait(Some(Duration::ZERO));
    round();
    let before = COUNT.get();
    for _ in 0..1000 {
        round();
    }
    assert_eq!(COUNT.get(), before);
}
