//! What is asked of a disk: the last requests one by one, and sums over all.

mod summary;

use alloc::{collections::VecDeque, vec::Vec};
use core::{cell::RefCell, fmt, time::Duration};

use sarab_device::{
    Geometry,
    middleware::{Observer, Operation, Outcome, Subject, Verb},
};

pub use summary::{Kind, Summary};

/// An observer of a disk, for [`Watched`](sarab_device::middleware::Watched).
///
/// It keeps the last requests that were done, and counts all. Around a cache it shows what programs ask
/// for, below it what reaches the disk. Of discards it does not see how many sectors they concern.
///
/// ```
/// use core::time::Duration;
/// use sarab_device::{Block, Bytes, middleware::Watched};
/// use sarab_disk::BlockTrace;
/// use sarab_memory::RamDisk;
///
/// # embassy_futures::block_on(async {
/// let disk = RamDisk::new(512, 64)?;
/// let trace = BlockTrace::new(disk.geometry(), 100, || Duration::ZERO);
/// let disk = Watched::new(disk, trace);
/// disk.write(0, Bytes::from_static(&[7; 1024])).await?;
/// disk.write(2, Bytes::from_static(&[7; 512])).await?;
/// let writes = disk.observer().summary().writes;
/// assert_eq!((writes.count, writes.sectors, writes.sequential), (2, 3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct BlockTrace {
    sector_bytes: u64,
    most: usize,
    now: fn() -> Duration,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<Request>,
    summary: Summary,
}

/// A request that was done. As text: `write 8 +2, 85 us`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What was asked.
    pub verb: Verb,
    /// The first sector; 0 for a flush.
    pub first: u64,
    /// Sectors; 0 for flushes and discards.
    pub count: u64,
    /// How long it took.
    pub latency: Duration,
    /// Whether the disk failed.
    pub is_failed: bool,
}

impl BlockTrace {
    /// Keeps at most `most` requests to a disk of this shape; `now` tells the time since any moment that
    /// stays the same.
    #[must_use]
    pub fn new(geometry: Geometry, most: usize, now: fn() -> Duration) -> Self {
        let sector_bytes = geometry.sector_bytes.into();
        Self { sector_bytes, most, now, state: RefCell::default() }
    }

    /// Returns the last requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.state.borrow().requests.iter().copied().collect()
    }

    /// Returns sums over all requests.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.state.borrow().summary
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.state.replace(State::default());
    }
}

impl Observer for BlockTrace {
    fn now(&self) -> Duration {
        (self.now)()
    }

    fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>) {
        let request = Request {
            verb: operation.verb,
            first: if let Subject::Place(first) = operation.subject { first } else { 0 },
            count: operation.size_bytes / self.sector_bytes,
            latency: self.now().saturating_sub(operation.began),
            is_failed: matches!(outcome, Outcome::Failed { .. }),
        };
        let mut state = self.state.borrow_mut();
        state.summary.add(&request);
        state.requests.push_back(request);
        if state.requests.len() > self.most {
            state.requests.pop_front();
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, first, count, latency, is_failed } = self;
        write!(f, "{verb} {first} +{count}, {} us", latency.as_micros())?;
        if *is_failed { f.write_str(", failed") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
