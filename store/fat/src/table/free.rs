//! Free clusters: finding, taking and giving back.

use alloc::vec::Vec;

use super::{Link, Table, link};
use crate::{Width, runs::Run};

/// A search for free clusters: from the hint on, round the table once.
#[derive(Debug)]
pub(crate) struct Search {
    wanted: u32,
    /// The next cluster to look at, and how many are left to look at.
    at: u32,
    left: u32,
    pub(crate) found: Vec<Run>,
}

/// What a search needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A chunk in memory, and then to be asked again.
    Chunk(u32),
    /// Nothing: it has found all.
    Done,
    /// More clusters than are free.
    Full,
}

impl Table {
    /// Begins to look for `count` free clusters, best after `near`.
    pub(crate) fn search(&self, count: u32, near: Option<u32>) -> Search {
        let at = near.map_or(self.hint, |near| near + 1);
        let at = if (2..self.end).contains(&at) { at } else { 2 };
        Search { wanted: count, at, left: self.end - 2, found: Vec::new() }
    }

    /// Looks on, as far as the table is in memory.
    pub(crate) fn look(&mut self, search: &mut Search) -> Step {
        while search.wanted > 0 && search.left > 0 {
            let chunk = self.chunk_of(search.at);
            let chunk_end = (u64::from(chunk) + 1) * u64::from(self.entries_per_chunk());
            let end = u32::try_from(chunk_end).unwrap_or(u32::MAX).min(self.end);
            let end = end.min(search.at.saturating_add(search.left));
            if self.free_counts[chunk as usize] != Some(0) {
                if !self.has_chunk(chunk) {
                    return Step::Chunk(chunk);
                }
                self.scan(chunk, end, search);
                if search.wanted == 0 {
                    break;
                }
            }
            search.left -= end - search.at;
            search.at = if end == self.end { 2 } else { end };
        }
        if search.wanted == 0 { Step::Done } else { Step::Full }
    }

    /// Looks through a chunk from where the search is up to `end`.
    fn scan(&mut self, chunk: u32, end: u32, search: &mut Search) {
        let per_chunk = self.entries_per_chunk();
        let Some(bytes) = self.chunks.get(&chunk) else { return };
        for cluster in search.at..end {
            if bytes.get(self.width, cluster % per_chunk) != 0 || !self.is_whole(cluster) {
                continue;
            }
            match search.found.last_mut() {
                Some(run) if run.end() == cluster => run.count += 1,
                _ => search.found.push(Run { first: cluster, count: 1 }),
            }
            search.wanted -= 1;
            if search.wanted == 0 {
                return;
            }
        }
    }

    /// Makes a chain of the runs, which are free and in memory.
    pub(crate) fn take(&mut self, runs: &[Run]) {
        let mut runs = runs.iter().copied().peekable();
        while let Some(run) = runs.next() {
            for cluster in run.first..run.end() - 1 {
                self.set(cluster, cluster + 1);
            }
            self.set(run.end() - 1, runs.peek().map_or(u32::MAX, |next| next.first));
            self.add_fresh(run);
            self.count(run, u32::saturating_sub);
            self.hint = run.end();
        }
    }

    /// Makes the clusters of a run free, as far as they are in the chunk of the first, which is in
    /// memory; returns the rest.
    pub(crate) fn give_back(&mut self, run: Run) -> Option<Run> {
        let chunk_end =
            (u64::from(self.chunk_of(run.first)) + 1) * u64::from(self.entries_per_chunk());
        let end = run.end().min(u32::try_from(chunk_end).unwrap_or(u32::MAX));
        for cluster in run.first..end {
            self.deferred.remove(&cluster);
            self.set(cluster, 0);
        }
        let done = Run { first: run.first, count: end - run.first };
        self.count(done, u32::saturating_add);
        (end < run.end()).then(|| Run { first: end, count: run.end() - end })
    }

    fn count(&mut self, run: Run, change: impl Fn(u32, u32) -> u32) {
        let count = self.usable(run.first, run.end());
        self.free_count = self.free_count.map(|free| change(free, count));
        let per_chunk = self.entries_per_chunk();
        let mut first = run.first;
        while first < run.end() {
            let chunk = self.chunk_of(first);
            let end = (u64::from(chunk) + 1) * u64::from(per_chunk);
            let end = u32::try_from(end).unwrap_or(u32::MAX).min(run.end());
            let count = self.usable(first, end);
            if let Some(Some(free)) = self.free_counts.get_mut(chunk as usize) {
                *free = u16::try_from(change(u32::from(*free), count)).unwrap_or(u16::MAX);
            }
            first = end;
        }
    }

    /// Returns how many of the clusters from `first` on up to `end` may be given to somebody.
    pub(super) fn usable(&self, first: u32, end: u32) -> u32 {
        let torn = match self.width {
            Width::Fat12 => (first..end).filter(|cluster| !self.is_whole(*cluster)).count(),
            _ => 0,
        };
        (end - first).saturating_sub(u32::try_from(torn).unwrap_or(u32::MAX))
    }

    /// Takes over what the volume says of its free clusters.
    pub(crate) fn trust(&mut self, free_count: Option<u32>, hint: Option<u32>) {
        self.free_count = free_count.filter(|count| *count <= self.end - 2);
        if free_count.is_none() {
            self.free_counts.fill(None);
        }
        self.hint = hint.filter(|hint| (2..self.end).contains(hint)).unwrap_or(2);
    }

    /// Returns the number of free clusters, where it is known, and where to look for one.
    pub(crate) fn free(&self) -> (Option<u32>, u32) {
        (self.free_count, self.hint)
    }

    /// Counts the free clusters of all chunks; returns one that has to be in memory for that.
    pub(crate) fn count_free(&mut self) -> Option<u32> {
        for number in 0..u32::try_from(self.free_counts.len()).unwrap_or(u32::MAX) {
            if self.free_counts[number as usize].is_some() {
                continue;
            }
            let Some(chunk) = self.chunks.get(&number) else { return Some(number) };
            let per_chunk = self.entries_per_chunk();
            let first = (number * per_chunk).max(2);
            let end = (u64::from(number) + 1) * u64::from(per_chunk);
            let end = u32::try_from(end).unwrap_or(u32::MAX).min(self.end);
            let is_free = |cluster: &u32| {
                let value = chunk.get(self.width, cluster % per_chunk);
                link(self.width, value) == Link::Free && self.is_whole(*cluster)
            };
            let free = (first..end).filter(is_free).count();
            self.free_counts[number as usize] = Some(u16::try_from(free).unwrap_or(u16::MAX));
        }
        let counts = self.free_counts.iter().flatten().map(|count| u32::from(*count));
        self.free_count = Some(counts.sum());
        None
    }

    /// Returns the bytes of the whole table.
    pub(crate) fn size_bytes(&self) -> usize {
        self.size_bytes
    }
}
