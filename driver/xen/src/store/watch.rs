//! Watches: who is told of what.

use alloc::{
    format,
    rc::{Rc, Weak},
    string::String,
    vec::Vec,
};
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::Poll,
};

use sarab_queue::Waiters;

use super::{Kind, Store};

/// All watches of the guest.
#[derive(Default)]
pub(super) struct Watches {
    all: RefCell<Vec<Weak<Signal>>>,
    last: Cell<u64>,
    /// Whether one has fired since that was last asked.
    news: Cell<bool>,
}

/// What is watched, and whether it has changed.
struct Signal {
    path: String,
    token: String,
    has_fired: Cell<bool>,
    waiting: Waiters,
}

/// A watch on a path of the store. Dropping it ends it.
pub struct Watch {
    store: Weak<Store>,
    signal: Rc<Signal>,
}

impl Watch {
    pub(super) fn new(store: &Rc<Store>, path: &str) -> Self {
        let watches = &store.watches;
        watches.last.set(watches.last.get() + 1);
        let token = format!("{}", watches.last.get());
        let (has_fired, waiting) = (Cell::new(false), Waiters::default());
        let signal = Rc::new(Signal { path: path.into(), token, has_fired, waiting });
        let mut all = watches.all.borrow_mut();
        all.retain(|signal| signal.strong_count() > 0);
        all.push(Rc::downgrade(&signal));
        Self { store: Rc::downgrade(store), signal }
    }

    pub(super) fn token(&self) -> &str {
        &self.signal.token
    }

    /// Tells whether it has fired since the last time.
    #[must_use]
    pub fn take(&self) -> bool {
        self.signal.has_fired.take()
    }

    /// Waits until it fires. Dropping the future loses nothing.
    pub async fn changed(&self) {
        poll_fn(|context| {
            if self.take() {
                return Poll::Ready(());
            }
            self.signal.waiting.add(context);
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(store) = self.store.upgrade() else { return };
        let Signal { path, token, .. } = &*self.signal;
        // What still comes of it finds nobody.
        let _ = store.ask(Kind::Unwatch, 0, path, &[path, "\0", token, "\0"]);
    }
}

impl Watches {
    /// Fires the watch that the payload of an event names.
    pub(super) fn fire(&self, payload: &[u8]) {
        let Some(token) = payload.split(|&byte| byte == 0).nth(1) else { return };
        for signal in self.all.borrow().iter().filter_map(Weak::upgrade) {
            if signal.token.as_bytes() == token {
                signal.has_fired.set(true);
                signal.waiting.wake();
                self.news.set(true);
            }
        }
    }

    pub(super) fn has_news(&self) -> bool {
        self.news.get()
    }

    pub(super) fn take_news(&self) -> bool {
        self.news.take()
    }

    /// Returns the paths and tokens of all.
    pub(super) fn all(&self) -> impl Iterator<Item = (String, String)> {
        let all: Vec<_> = self.all.borrow().iter().filter_map(Weak::upgrade).collect();
        all.into_iter().map(|signal| (signal.path.clone(), signal.token.clone()))
    }
}
