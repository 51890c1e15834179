//! Flushing: shared by who asks together, and never again after a failure.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use rustix::io::{Errno, retry_on_intr};

/// What is known of the flushes of one file.
///
/// The kernel tells of lost data once, to one flush, and takes them for written from then on. So
/// flushes happen one at a time here, on worker threads, and the first failure is kept: also where
/// nobody waits for that flush any more.
#[derive(Default)]
pub(crate) struct Durable {
    asked: AtomicU64,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    /// The greatest ticket that was drawn before the last good flush began.
    covered: u64,
    failure: Option<Errno>,
}

impl Durable {
    /// Draws the ticket of a flush: all that was written before is to be covered by it.
    pub(crate) fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Returns when a good flush began after `ticket` was drawn: somebody else's, or `flush`.
    pub(crate) fn make(
        &self,
        ticket: u64,
        flush: impl FnMut() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = last.failure {
            return Err(failure);
        }
        if last.covered >= ticket {
            return Ok(());
        }
        let covered = self.asked.load(Ordering::SeqCst);
        match retry_on_intr(flush) {
            Ok(()) => last.covered = covered,
            Err(failure) => last.failure = Some(failure),
        }
        last.failure.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_never_forgotten() {
        let durable = Durable::default();
        assert_eq!(durable.make(durable.ask(), || Ok(())), Ok(()));
        assert_eq!(durable.make(durable.ask(), || Err(Errno::IO)), Err(Errno::IO));
        for _ in 0..3 {
            let later = durable.make(durable.ask(), || Ok(()));
            assert_eq!(later, Err(Errno::IO), "the kernel says nothing of it a second time");
        }
    }

    #[test]
    fn an_interrupted_flush_is_no_failure() {
        let durable = Durable::default();
        let mut answers = [Err(Errno::INTR), Err(Errno::INTR), Ok(())].into_iter();
        let flush = || answers.next().expect("no flush after a good one");
        assert_eq!(durable.make(durable.ask(), flush), Ok(()));
        assert_eq!(durable.make(durable.ask(), || Ok(())), Ok(()));
    }

    #[test]
    fn flushes_asked_for_together_share_one() {
        let durable = Durable::default();
        let (one, two) = (durable.ask(), durable.ask());
        assert_eq!(durable.make(two, || Ok(())), Ok(()));
        assert_eq!(durable.make(one, || unreachable!("it is covered")), Ok(()));
    }

    #[test]
    fn a_flush_asked_for_after_another_began_is_not_covered_by_it() {
        let durable = Durable::default();
        let mut late = 0;
        let began = durable.ask();
        let during = || {
            late = durable.ask();
            Ok(())
        };
        assert_eq!(durable.make(began, during), Ok(()));
        let mut has_flushed = false;
        let flush = || {
            has_flushed = true;
            Ok(())
        };
        assert_eq!(durable.make(late, flush), Ok(()));
        assert!(has_flushed);
    }
}
