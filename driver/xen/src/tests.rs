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
