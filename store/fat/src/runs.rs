//! The clusters of a chain, in runs.

use alloc::vec::Vec;

/// Clusters with numbers that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The number of the first.
    pub(crate) first: u32,
    /// How many.
    pub(crate) count: u32,
}

impl Run {
    /// Returns the number after that of the last.
    pub(crate) fn end(self) -> u32 {
        self.first + self.count
    }
}

/// The clusters of a chain, or the first of them: twelve bytes for each run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    /// Each with the number of clusters before it.
    list: Vec<(u32, Run)>,
}

/// There is no memory for a run more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoMemory;

impl Runs {
    /// Returns how many clusters there are.
    pub(crate) fn len(&self) -> u32 {
        self.list.last().map_or(0, |(before, run)| before + run.count)
    }

    pub(crate) fn first(&self) -> Option<u32> {
        self.list.first().map(|(_, run)| run.first)
    }

    pub(crate) fn last(&self) -> Option<u32> {
        self.list.last().map(|(_, run)| run.end() - 1)
    }

    pub(crate) fn push(&mut self, run: Run) -> Result<(), NoMemory> {
        let before = self.len();
        match self.list.last_mut() {
            Some((_, last)) if last.end() == run.first => last.count += run.count,
            _ => {
                self.list.try_reserve(1).map_err(|_| NoMemory)?;
                self.list.push((before, run));
            }
        }
        Ok(())
    }

    /// Returns the run of clusters from the one numbered `index` in the chain on.
    pub(crate) fn at(&self, index: u32) -> Option<Run> {
        let after = self.list.partition_point(|(before, _)| *before <= index);
        let (before, run) = self.list.get(after.checked_sub(1)?)?;
        let skip = index - before;
        (skip < run.count).then(|| Run { first: run.first + skip, count: run.count - skip })
    }

    /// Cuts all off but the first `count` clusters, and returns what was cut.
    pub(crate) fn cut(&mut self, count: u32) -> Vec<Run> {
        let keep = self.list.partition_point(|(before, _)| *before < count);
        let mut gone: Vec<Run> =
            self.list.split_off(keep).into_iter().map(|(_, run)| run).collect();
        if let Some((before, run)) = self.list.last_mut() {
            let kept = count - *before;
            if kept < run.count {
                gone.insert(0, Run { first: run.first + kept, count: run.count - kept });
                run.count = kept;
            }
        }
        gone
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Run> {
        self.list.iter().map(|(_, run)| *run)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn runs(all: &[(u32, u32)]) -> Runs {
        let mut runs = Runs::default();
        for (first, count) in all {
            runs.push(Run { first: *first, count: *count }).unwrap();
        }
        runs
    }

    #[test]
    fn neighbours_become_one_run_and_each_cluster_is_found() {
        let runs = runs(&[(5, 2), (7, 1), (20, 3)]);
        assert_eq!(runs.list.len(), 2);
        let found: Vec<_> = (0..7).map(|index| runs.at(index).map(|run| run.first)).collect();
        assert_eq!(found, [Some(5), Some(6), Some(7), Some(20), Some(21), Some(22), None]);
        assert_eq!(runs.at(1), Some(Run { first: 6, count: 2 }));
    }

    #[test]
    fn what_is_cut_off_is_returned() {
        for keep in 0..=6 {
            let mut kept = runs(&[(5, 3), (20, 3)]);
            let gone = kept.cut(keep);
            let all: Vec<u32> =
                kept.iter().chain(gone).flat_map(|run| run.first..run.end()).collect();
            assert_eq!((kept.len(), all), (keep, Vec::from([5, 6, 7, 20, 21, 22])));
        }
    }
}
