//! Which of the possible contents of a disk are looked at.

use super::{Cell, Sampling};
use crate::Random;

/// Calls `emit` with a choice of a version for each cell: with all choices, or with samples.
pub(super) fn choices(
    cells: &[Cell],
    sampling: &Sampling,
    random: &mut Random,
    emit: &mut impl FnMut(&[usize]),
) {
    if is_small(cells, sampling.exhaustive_max) {
        return all(cells, emit);
    }
    let writes = writes(cells);
    let samples = Samples { cells, writes: &writes, most: sampling.regular_max };
    samples.prefixes(random, emit);
    samples.single(random, emit);
    samples.subsets(sampling.exhaustive_max / 16, emit);
    samples.random(sampling.random, random, emit);
}

/// Returns whether there are at most `most` choices.
fn is_small(cells: &[Cell], most: usize) -> bool {
    let mut count = 1_usize;
    cells.iter().all(|cell| {
        count = count.saturating_mul(cell.versions.len() + 1);
        count <= most
    })
}

fn all(cells: &[Cell], emit: &mut impl FnMut(&[usize])) {
    let mut choice = vec![0; cells.len()];
    loop {
        emit(&choice);
        let rising = choice.iter_mut().zip(cells).find_map(|(chosen, cell)| {
            let is_last = *chosen == cell.versions.len();
            *chosen = if is_last { 0 } else { *chosen + 1 };
            (!is_last).then_some(())
        });
        if rising.is_none() {
            return;
        }
    }
}

/// Returns the writes that have a version in any cell, in the order of the trace.
fn writes(cells: &[Cell]) -> Vec<usize> {
    let versions = cells.iter().flat_map(|cell| &cell.versions);
    let mut writes: Vec<_> = versions.map(|version| version.write).collect();
    writes.sort_unstable();
    writes.dedup();
    writes
}

struct Samples<'a> {
    cells: &'a [Cell],
    writes: &'a [usize],
    /// So many of each sort.
    most: usize,
}

impl Samples<'_> {
    /// Chooses for each cell the last version that `lands` says has landed.
    fn landed(&self, mut lands: impl FnMut(usize, usize) -> bool) -> Vec<usize> {
        let last = |(place, cell): (usize, &super::Cell)| {
            let mut versions = cell.versions.iter();
            versions.rposition(|version| lands(version.write, place)).map_or(0, |last| last + 1)
        };
        self.cells.iter().enumerate().map(last).collect()
    }

    /// Everything up to a write: without it, with it, and with a part of it.
    fn prefixes(&self, random: &mut Random, emit: &mut impl FnMut(&[usize])) {
        emit(&vec![0; self.cells.len()]);
        for last in self.some(random) {
            emit(&self.landed(|write, _| write <= last));
            emit(&self.landed(|write, _| write < last || (write == last && random.one_in(2))));
            let mut first = true;
            emit(
                &self.landed(|write, _| {
                    write < last || (write == last && std::mem::take(&mut first))
                }),
            );
        }
    }

    /// All but one write, one write alone, all but one sector, one sector alone; first and last.
    fn single(&self, random: &mut Random, emit: &mut impl FnMut(&[usize])) {
        for one in self.some(random) {
            emit(&self.landed(|write, _| write == one));
            emit(&self.landed(|write, _| write != one));
            emit(&self.landed(|write, _| write >= one));
        }
        for _ in 0..self.most.min(self.cells.len()) {
            let one = random.place(self.cells.len());
            emit(&self.landed(|_, place| place == one));
            emit(&self.landed(|_, place| place != one));
        }
        let ends = [self.writes.first(), self.writes.last()];
        emit(&self.landed(|write, _| ends.contains(&Some(&write))));
    }

    /// All subsets of whole writes, if they are no more than `most`.
    fn subsets(&self, most: usize, emit: &mut impl FnMut(&[usize])) {
        if self.writes.len() >= 16 || 1 << self.writes.len() > most {
            return;
        }
        for subset in 0..1_u32 << self.writes.len() {
            emit(&self.landed(|write, _| {
                let place = self.writes.binary_search(&write).unwrap_or_default();
                subset & (1 << place) != 0
            }));
        }
    }

    /// Random subsets: half of them of whole writes, half of sectors, old over new as well.
    fn random(&self, count: usize, random: &mut Random, emit: &mut impl FnMut(&[usize])) {
        for _ in 0..count / 2 {
            let draws: Vec<_> = self.writes.iter().map(|_| random.one_in(2)).collect();
            emit(&self.landed(|write, _| {
                self.writes.binary_search(&write).is_ok_and(|place| draws[place])
            }));
        }
        for _ in 0..count - count / 2 {
            let draw = |cell: &Cell| random.place(cell.versions.len() + 1);
            emit(&self.cells.iter().map(draw).collect::<Vec<_>>());
        }
    }

    /// Returns all writes, or the last and others where there are too many.
    fn some(&self, random: &mut Random) -> Vec<usize> {
        if self.writes.len() <= self.most {
            return self.writes.to_vec();
        }
        let drawn = (1..self.most).map(|_| *random.pick(self.writes));
        drawn.chain(self.writes.last().copied()).collect()
    }
}
