//! All pages: which are there, which are to be written, and which is given up next.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};
use core::ops::Range;

use super::{
    layout::{Layout, Piece},
    page::Page,
};

/// The pages of a cache.
pub(super) struct Pages {
    layout: Layout,
    most: usize,
    known: BTreeMap<u64, Page>,
    /// The pages that are not clean.
    unclean: BTreeSet<u64>,
    /// Pages with their tickets in the order in which they came; also some that have gone.
    queue: VecDeque<(u64, u64)>,
    tickets: u64,
    sequence: u64,
}

/// What becomes of sectors that were written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// They are to be written.
    Later,
    /// They are on their way.
    Now,
}

impl Pages {
    pub(super) fn new(layout: Layout, most: usize) -> Self {
        let (known, unclean, queue) = (BTreeMap::new(), BTreeSet::new(), VecDeque::new());
        Self { layout, most, known, unclean, queue, tickets: 0, sequence: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn unclean(&self) -> usize {
        self.unclean.len()
    }

    /// Returns the number of the last write.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Copies to `data` what is there of these sectors, and tells of each whether it was.
    pub(super) fn copy(&mut self, sectors: Range<u64>, data: &mut [u8]) -> Vec<bool> {
        let mut found = Vec::with_capacity(data.len() / self.layout.sector_bytes);
        let size = self.layout.sector_bytes;
        for piece in self.layout.pieces(sectors) {
            let mut page = self.known.get_mut(&piece.page);
            if let Some(page) = &mut page {
                page.is_visited = true;
            }
            let valid = page.as_ref().map_or(0, |page| page.valid);
            for (inside, outside) in piece.inside.step_by(size).zip(piece.outside.step_by(size)) {
                let is_there = valid >> (inside / size) & 1 == 1;
                if let Some(page) = page.as_ref().filter(|_| is_there) {
                    data[outside..outside + size]
                        .copy_from_slice(&page.data[inside..inside + size]);
                }
                found.push(is_there);
            }
        }
        found
    }

    /// Returns how many sectors from `sector` on, of at most `most`, are not there.
    pub(super) fn gap(&self, sector: u64, most: u64) -> u64 {
        let is_there = |sector: u64| {
            let page = self.known.get(&(sector / self.layout.page_sectors));
            page.is_some_and(|page| page.valid >> (sector % self.layout.page_sectors) & 1 == 1)
        };
        (0..most).find(|ahead| is_there(sector + ahead)).unwrap_or(most)
    }

    /// Returns how many of these sectors' pages are clean, or not there.
    pub(super) fn clean_among(&self, sectors: &Range<u64>) -> usize {
        let pages = self.layout.pages(sectors);
        let unclean = self.unclean.range(pages.clone()).count();
        usize::try_from(pages.end - pages.start).unwrap_or(usize::MAX).saturating_sub(unclean)
    }

    /// Returns whether some of these sectors are on their way to the disk.
    pub(super) fn is_flying(&self, sectors: Range<u64>) -> bool {
        let pages = self.layout.pages(&sectors);
        let mut flying =
            self.unclean.range(pages).filter_map(|page| Some((page, self.known.get(page)?)));
        flying.any(|(index, page)| page.is_flying(self.bits(*index, &sectors)))
    }

    /// Returns which sectors of a page are among these.
    fn bits(&self, page: u64, sectors: &Range<u64>) -> u8 {
        let base = page * self.layout.page_sectors;
        let start = sectors.start.max(base);
        let end = sectors.end.min(base + self.layout.page_sectors);
        super::layout::bits(start.saturating_sub(base)..end.saturating_sub(base))
    }

    /// Takes written sectors in. There must be room for their pages among those that are not clean.
    pub(super) fn write(&mut self, first: u64, data: &[u8], way: Way) {
        self.sequence += 1;
        let sequence = self.sequence;
        for piece in self.layout.pieces(first..first + self.layout.sectors(data.len())) {
            self.unclean.insert(piece.page);
            let page = self.page(piece.page);
            page.data[piece.inside].copy_from_slice(&data[piece.outside]);
            match way {
                Way::Later => page.soil(piece.bits, sequence),
                Way::Now => page.soil_flying(piece.bits, sequence),
            }
        }
    }

    /// Takes sectors in that were read, of each of which `wanted` tells whether it is new.
    ///
    /// Where no page can be given up for them, they are not kept.
    pub(super) fn fill(&mut self, first: u64, data: &[u8], wanted: &[bool]) {
        let size = self.layout.sector_bytes;
        let sectors = first..first + self.layout.sectors(data.len());
        for Piece { page, inside, outside, .. } in self.layout.pieces(sectors) {
            let wants = &wanted[outside.start / size..outside.end / size];
            let is_known = self.known.contains_key(&page);
            if !wants.contains(&true) || !is_known && !self.make_room() {
                continue;
            }
            let page = self.page(page);
            let (first_bit, rows) = (inside.start / size, inside.step_by(size));
            for (index, (inside, outside)) in rows.zip(outside.step_by(size)).enumerate() {
                let bit = 1 << (first_bit + index);
                if wants[index] && page.valid & bit == 0 {
                    page.data[inside..inside + size]
                        .copy_from_slice(&data[outside..outside + size]);
                    page.valid |= bit;
                }
            }
        }
    }

    /// Returns a page, a new one if need be, in place of one that is given up.
    fn page(&mut self, index: u64) -> &mut Page {
        if !self.known.contains_key(&index) {
            self.make_room();
            self.tickets += 1;
            self.queue.push_back((index, self.tickets));
        }
        let (size, ticket) = (self.layout.page_bytes(), self.tickets);
        self.known.entry(index).or_insert_with(|| Page::new(size, ticket))
    }

    /// Gives pages up until there is room for one more; returns whether there is.
    ///
    /// This is second chance: the oldest page goes, unless it was read since it was last looked at.
    fn make_room(&mut self) -> bool {
        for _ in 0..self.queue.len() * 2 {
            if self.known.len() < self.most {
                break;
            }
            let Some((index, ticket)) = self.queue.pop_front() else { break };
            let Some(page) = self.known.get_mut(&index).filter(|page| page.ticket == ticket) else {
                continue;
            };
            if page.is_clean() && !page.is_visited {
                self.known.remove(&index);
            } else {
                page.is_visited = false;
                self.queue.push_back((index, ticket));
            }
        }
        self.known.len() < self.most
    }

    /// Returns whether something of write `sequence` or before is not yet on the disk.
    pub(super) fn is_pending(&self, sequence: u64) -> bool {
        self.dirty().any(|(_, page)| page.is_pending(sequence))
    }

    fn dirty(&self) -> impl Iterator<Item = (u64, &Page)> {
        self.unclean.iter().filter_map(|index| Some((*index, self.known.get(index)?)))
    }

    /// Sends a row of at most `most` sectors on its way: the first of a page that has something of write
    /// `sequence` or before, and what lies behind it. Pages of which `is_held` tells wait.
    pub(super) fn launch(
        &mut self,
        sequence: u64,
        most: u64,
        is_held: impl Fn(Range<u64>) -> bool,
    ) -> Option<(u64, Vec<u8>)> {
        let sectors = self.layout.page_sectors;
        let is_held = |page: u64| is_held(page * sectors..(page + 1) * sectors);
        let can_go = |(index, page): &(u64, &Page)| {
            page.is_waiting(sequence) && page.ready() != 0 && !is_held(*index)
        };
        let (mut index, page) = self.dirty().find(can_go)?;
        let mut bit = page.ready().trailing_zeros();
        let first = index * sectors + u64::from(bit);
        let mut data = Vec::new();
        while self.layout.sectors(data.len()) < most && !is_held(index) {
            let Some(page) = self.known.get_mut(&index).filter(|page| page.ready() >> bit & 1 == 1)
            else {
                break;
            };
            page.launch(1 << bit);
            let at = bit as usize * self.layout.sector_bytes;
            data.extend_from_slice(&page.data[at..at + self.layout.sector_bytes]);
            (index, bit) =
                if u64::from(bit) + 1 == sectors { (index + 1, 0) } else { (index, bit + 1) };
        }
        Some((first, data))
    }

    /// Notes that these sectors are on the disk, or were not written.
    pub(super) fn land(&mut self, sectors: Range<u64>, is_written: bool) {
        for piece in self.layout.pieces(sectors) {
            if let Some(page) = self.known.get_mut(&piece.page) {
                page.land(piece.bits, is_written);
                if page.is_clean() {
                    self.unclean.remove(&piece.page);
                }
            }
        }
    }

    /// Forgets these sectors, none of which may be on its way.
    pub(super) fn forget(&mut self, sectors: Range<u64>) {
        let range = self.layout.pages(&sectors);
        let known: Vec<u64> = self.known.range(range).map(|(index, _)| *index).collect();
        for index in known {
            let bits = self.bits(index, &sectors);
            let Some(page) = self.known.get_mut(&index) else { continue };
            page.forget(bits);
            if page.is_clean() {
                self.unclean.remove(&index);
            }
            if page.valid == 0 {
                self.known.remove(&index);
            }
        }
        if self.queue.len() <= 2 * self.known.len() {
            return; // places in the queue that mean nothing do no harm while they are few
        }
        let pages = &self.known;
        let is_there = |(index, ticket): &(u64, u64)| {
            pages.get(index).is_some_and(|page| page.ticket == *ticket)
        };
        self.queue.retain(is_there);
    }
}
