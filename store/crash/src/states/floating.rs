//! Writes that may or may not survive.

use std::{
    collections::{BTreeMap, HashSet},
    rc::Rc,
};

use super::{Cell, Version};
use crate::{Image, Sector, Write};

/// The writes that were begun and are not durable, oldest first.
#[derive(Debug, Default)]
pub(super) struct Floating {
    writes: Vec<Afloat>,
}

#[derive(Debug)]
struct Afloat {
    /// The place of its event.
    place: usize,
    /// The place of the event that completed it.
    done: Option<usize>,
    is_held: bool,
    sectors: Vec<(u64, Sector)>,
}

impl Floating {
    pub(super) fn begin(&mut self, place: usize, write: &Rc<Write>) {
        let (sectors, is_held) = (write.sectors.clone(), write.is_held);
        self.writes.push(Afloat { place, done: None, is_held, sectors });
    }

    pub(super) fn done(&mut self, write: usize, place: usize) {
        if let Some(afloat) = self.writes.iter_mut().find(|afloat| afloat.place == write) {
            afloat.done = Some(place);
        }
    }

    pub(super) fn gone(&mut self, write: usize) {
        // It may still have reached the medium at any time until now, so it stays as it is.
        self.done(write, usize::MAX);
    }

    /// Returns the writes that a flush makes durable which began before the event at `began`.
    pub(super) fn covered(&mut self, began: usize) -> HashSet<usize> {
        let mut covered = HashSet::new();
        for afloat in &mut self.writes {
            if afloat.done.is_some_and(|done| done < began) {
                if afloat.is_held {
                    afloat.is_held = false;
                } else {
                    covered.insert(afloat.place);
                }
            }
        }
        covered
    }

    /// Makes the writes durable that `is_settled` names, in the order in which they completed.
    pub(super) fn settle(&mut self, durable: &mut Image, is_settled: impl Fn(usize) -> bool) {
        let (mut settled, floating): (Vec<_>, Vec<_>) =
            self.writes.drain(..).partition(|afloat| is_settled(afloat.place));
        self.writes = floating;
        settled.sort_by_key(|afloat| afloat.done);
        let mut over: BTreeMap<u64, usize> = BTreeMap::new();
        for afloat in settled {
            for (at, sector) in afloat.sectors {
                over.insert(at, afloat.done.unwrap_or_default());
                durable.put(at, sector);
            }
        }
        // What was complete before cannot come back over what has become durable.
        for afloat in &mut self.writes {
            let Some(done) = afloat.done else { continue };
            afloat.sectors.retain(|(at, _)| over.get(at).is_none_or(|newer| *newer < done));
        }
        self.writes.retain(|afloat| !afloat.sectors.is_empty());
    }

    /// Returns every sector that has more than one possible content.
    pub(super) fn cells(&self, durable: &Image) -> Vec<Cell> {
        let mut cells: BTreeMap<u64, Cell> = BTreeMap::new();
        let mut ordered: Vec<_> = self.writes.iter().collect();
        ordered.sort_by_key(|afloat| (afloat.done.unwrap_or(usize::MAX), afloat.place));
        for afloat in ordered {
            for (at, sector) in &afloat.sectors {
                let cell = cells.entry(*at).or_insert_with(|| {
                    let share = durable.sector(*at).map_or(0, |sector| sector.share(*at));
                    Cell { at: *at, share, versions: Vec::new() }
                });
                let share = sector.share(*at);
                let before = cell.versions.last().map_or(cell.share, |version| version.share);
                if share != before {
                    let (write, sector) = (afloat.place, sector.clone());
                    cell.versions.push(Version { write, sector, share });
                }
            }
        }
        cells.retain(|_, cell| !cell.versions.is_empty());
        cells.into_values().collect()
    }
}
