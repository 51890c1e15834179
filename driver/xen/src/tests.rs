//! The drivers against a hypervisor, a store and back ends that live in the test.

mod backend;
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod card;
mod channels;
mod console;
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod disk;
mod domain;
mod grants;
mod shutdown;
mod store;
#[expect(clippy::cast_possible_truncation, reason = "the numbers of a test are small")]
mod world;
mod xenstored;

use alloc::rc::Rc;
use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use sarab_queue::Events;

use crate::{Domain, Store, memory::Window};
use world::World;
use xenstored::Xenstored;

/// Polls a future once.
fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A guest with a store.
struct Guest {
    world: Rc<World>,
    domain: Rc<Domain>,
    xenstored: Rc<Xenstored>,
    store: Rc<Store>,
}

impl Guest {
    /// Runs until a future has ended, as a machine does that sleeps whenever there is nothing to do. An event must wake
    /// it each time: the world has nothing else to offer.
    fn run_asleep<F: Future>(&self, events: &[&dyn Events], future: F) -> F::Output {
        const LONG_NS: u64 = 1_000_000_000_000;
        let mut future = core::pin::pin!(future);
        for _ in 0..10_000 {
            if let Poll::Ready(result) = poll(future.as_mut()) {
                return result;
            }
            for device in events {
                device.notify();
            }
            self.domain.channels().take_pending(|_| {});
            let any = self.store.deliver();
            if events.iter().fold(any, |any, it| it.deliver() | any) {
                continue;
            }
            let deadline_ns = self.domain.now_ns() + LONG_NS;
            self.domain.channels().poll(Some(deadline_ns));
            assert!(self.domain.now_ns() < deadline_ns, "nobody has woken the guest");
        }
        panic!("a future that never ends");
    }
}

impl Drop for Guest {
    /// The guest ends with all others: what still answers would find nobody.
    fn drop(&mut self) {
        self.world.stop();
    }
}

impl Guest {
    fn new() -> Self {
        let world = World::new();
        let domain =
            Domain::start(Rc::clone(&world) as _).expect("a hypervisor that does as asked");
        let xenstored = Xenstored::new();
        world.add(Rc::clone(&xenstored) as _);
        let channel = domain.channels().adopt(xenstored::CHANNEL).expect("a channel of two levels");
        let window = xenstored.window();
        let store = Store::new(Rc::clone(&domain), window, channel);
        Self { world, domain, xenstored, store }
    }
}
