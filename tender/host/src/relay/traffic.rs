//! What all connections share.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use sarab_runtime::sleep;

use super::pipe::Pipes;

/// Bytes that are carried at once.
const PIECE_BYTES: usize = 128 * 1024;

/// How often is looked whether everything has come to rest.
const LOOK: Duration = Duration::from_millis(2);

/// What all connections share: the memory for what is carried at once, and counts.
///
/// As all run on one thread, and what is read is written before anything else is done, one piece of
/// memory serves them all: a connection that waits holds none.
pub(crate) struct Traffic {
    pub(super) piece: RefCell<Box<[u8]>>,
    /// Pipes for what comes in bulk.
    pub(super) pipes: Pipes,
    /// Bytes that were carried.
    moved: Cell<u64>,
    /// Directions whose receiver is slow.
    stuck: Cell<usize>,
    /// Connections.
    open: Cell<usize>,
}

impl Default for Traffic {
    fn default() -> Self {
        let piece = RefCell::new(vec![0; PIECE_BYTES].into());
        let pipes = Pipes::default();
        Self { piece, pipes, moved: Cell::default(), stuck: Cell::default(), open: Cell::default() }
    }
}

impl Traffic {
    /// Waits until no more bytes are on their way through here.
    pub(crate) async fn settle(&self) {
        while self.open.get() > 0 {
            let before = self.moved.get();
            sleep(LOOK).await;
            if self.moved.get() == before && self.stuck.get() == 0 {
                return;
            }
        }
    }

    pub(super) fn count(&self, bytes: usize) {
        self.moved.set(self.moved.get() + bytes as u64);
    }

    /// Notes a connection, until what is returned is dropped.
    pub(super) fn open(&self) -> Mark<'_> {
        Mark::new(&self.open)
    }

    /// Notes a slow receiver, until what is returned is dropped.
    pub(super) fn stuck(&self) -> Mark<'_> {
        Mark::new(&self.stuck)
    }
}

/// One of a count, as long as it lives.
pub(super) struct Mark<'a>(&'a Cell<usize>);

impl<'a> Mark<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
