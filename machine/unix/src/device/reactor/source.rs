//! A watched descriptor.

use std::{os::fd::AsFd, rc::Rc};

use rustix::io::Errno;

use super::{
    Reactor,
    side::{Side, Sides},
};

/// A descriptor that a [`Reactor`] watches.
///
/// It must not block, and closing it must close the open file, so nobody else holds a copy.
pub struct Source<T: AsFd> {
    descriptor: T,
    sides: Rc<Sides>,
    place: usize,
    reactor: Rc<Reactor>,
}

/// What is known of a descriptor when its watch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing: the first event tells.
    Unknown,
    /// It can be written: the first write is tried at once.
    Writable,
}

impl<T: AsFd> Source<T> {
    /// Watches `descriptor` from now on, in the reactor of this thread.
    pub fn new(descriptor: T, start: Start) -> Result<Self, Errno> {
        let reactor = Reactor::current()?;
        let write = Side::new(start == Start::Writable);
        let sides = Rc::new(Sides { read: Side::new(false), write });
        let place = reactor.watch(descriptor.as_fd(), &sides)?;
        Ok(Self { descriptor, sides, place, reactor })
    }

    /// Returns the descriptor.
    pub fn get(&self) -> &T {
        &self.descriptor
    }

    /// Waits until there is something to read.
    ///
    /// Goes by the last event where nothing was read since, and else asks by `peek`, which takes
    /// nothing and fails where reading would have to wait.
    pub async fn readable(
        &self,
        mut peek: impl FnMut(&T) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let side = &self.sides.read;
        let peek = |descriptor: &T| if side.is_sure() { Ok(()) } else { peek(descriptor) };
        self.repeat(side, peek).await
    }

    /// Waits until writing is worth trying.
    pub async fn writable(&self) {
        self.sides.write.ready().await;
    }

    /// Does `operation`, which reads; again after each event, until it need not wait.
    ///
    /// Dropping the future drops an operation that has not happened.
    pub async fn read<R>(&self, operation: impl FnMut(&T) -> Result<R, Errno>) -> Result<R, Errno> {
        let done = self.repeat(&self.sides.read, operation).await?;
        self.sides.read.is_used();
        Ok(done)
    }

    /// Does `operation`, which writes, as [`read`](Self::read) does.
    pub async fn write<R>(
        &self,
        operation: impl FnMut(&T) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        self.repeat(&self.sides.write, operation).await
    }

    /// Notes that the last read returned less than it had room for.
    ///
    /// The next one then waits for an event, and saves the system call that would find nothing.
    pub fn is_drained(&self) {
        self.sides.read.is_drained();
    }

    /// Notes that the last write took less than it was given.
    pub fn is_full(&self) {
        self.sides.write.is_drained();
    }

    async fn repeat<R>(
        &self,
        side: &Side,
        mut operation: impl FnMut(&T) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        loop {
            side.ready().await;
            match operation(&self.descriptor) {
                Err(Errno::AGAIN) => side.is_blocked(),
                Err(Errno::INTR) => {}
                done => return done,
            }
        }
    }
}

impl<T: AsFd> Drop for Source<T> {
    fn drop(&mut self) {
        self.reactor.forget(self.place);
    }
}
