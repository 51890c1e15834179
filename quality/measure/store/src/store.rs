//! What each engine does for the measurement.

use std::{error::Error, path::Path, time::Duration};

use crate::data::{Key, Pair};

/// What goes wrong in an engine.
pub type Fault = Box<dyn Error + Send + Sync>;
/// What a step ends with.
pub type Done = Result<(), Fault>;

/// A store of pairs in order of their keys, in a folder.
///
/// "Durable" is what survives a crash of the host.
pub trait Store: Sized {
    /// Opens the store in `folder`, which is empty or holds what it has left there.
    ///
    /// It may keep 1 GiB in memory.
    async fn open(folder: &Path) -> Result<Self, Fault>;

    /// Puts all pairs in the way that is best for many, durable at the end.
    async fn load(&self, pairs: &[Pair]) -> Done;

    /// Puts the pairs in one durable transaction.
    async fn commit(&self, pairs: &[Pair]) -> Done;

    /// Puts each pair in a durable transaction of its own, by so many clients at once, and returns
    /// how long each took.
    async fn commits(&self, clients: usize, pairs: &[Pair]) -> Result<Vec<Duration>, Fault>;

    /// Gets the values of the keys, in one transaction where there are such, and returns the sum
    /// of their [`weight`](crate::data::weight)s.
    async fn get(&self, keys: &[Key]) -> Result<u64, Fault>;

    /// Walks over all pairs in order and returns how many there are and the sum of their weights.
    async fn scan(&self) -> Result<(u64, u64), Fault>;

    /// Walks over `length` pairs from each of the keys on, and returns the sum of their weights.
    async fn ranges(&self, starts: &[Key], length: usize) -> Result<u64, Fault>;

    /// Closes it: brings its files in the shape that they stay in.
    async fn close(self) -> Done;

    /// Returns the bytes that it takes of the disk, where its files do not tell.
    fn size_bytes(&self) -> Option<u64> {
        None
    }
}
