//! Making commits durable: one leads, the others wait and share.

use core::{cell::RefCell, future::poll_fn, task::Poll};

use sarab_device::Block;

use super::Tree;
use crate::{
    Error,
    log::{Full, Log},
};

impl<B: Block + 'static> Tree<B> {
    /// Completes when all that was committed before would survive a crash.
    pub async fn sync(&self) -> Result<(), Error<B::Error>> {
        let transaction = self.state.borrow().transaction;
        self.sync_to(transaction).await
    }

    /// Completes when everything up to `transaction` would survive a crash.
    pub(crate) async fn sync_to(&self, transaction: u64) -> Result<(), Error<B::Error>> {
        while self.log.borrow().durable() < transaction {
            self.disk.check_writable()?;
            let Some(lead) = Lead::take(&self.log) else {
                self.wait_for_leader().await;
                continue;
            };
            let result = self.write_log().await;
            drop(lead);
            if result? == Err(Full) {
                self.checkpoint_if(|| self.log.borrow().durable() < transaction).await?;
            }
        }
        Ok(())
    }

    /// Writes a checkpoint if the log or the memory is about to fill.
    ///
    /// Where it lacks space, that is for the next change to say: what was committed is safe in the log.
    pub(crate) async fn keep_house(&self) -> Result<(), Error<B::Error>> {
        let is_due =
            || self.log.borrow().is_long() || self.state.borrow().pages.cache.is_strained();
        if !is_due() {
            return Ok(());
        }
        match self.checkpoint_if(is_due).await {
            Err(Error::NoSpace) => Ok(()),
            result => result,
        }
    }

    /// Writes what waits as one record, through to the medium: those before it are there already. Where it tells of
    /// large values, these are flushed first.
    async fn write_log(&self) -> Result<Result<(), Full>, Error<B::Error>> {
        let cut = match self.log.borrow_mut().cut() {
            Ok(cut) => cut,
            Err(full) => return Ok(Err(full)),
        };
        if cut.has_extents {
            self.disk.flush().await?;
        }
        let address = self.superblock.log + u64::from(cut.page);
        self.disk.write_through(address, cut.bytes).await?;
        self.log.borrow_mut().kept();
        Ok(Ok(()))
    }

    async fn wait_for_leader(&self) {
        let mut has_waited = false;
        poll_fn(|context| {
            if core::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            self.log.borrow_mut().wait(context.waker());
            Poll::Pending
        })
        .await;
    }
}

/// The lead of a log; it ends when this is dropped, wherever its holder has come to.
struct Lead<'l> {
    log: &'l RefCell<Log>,
}

impl<'l> Lead<'l> {
    fn take(log: &'l RefCell<Log>) -> Option<Self> {
        let leads = log.borrow_mut().lead();
        leads.then(|| Self { log })
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.log.borrow_mut().resign();
    }
}
