//! The book of the lottery: two places on a disk, of which the newer page counts.
//!
//! The first sector is one of them, the last one the other. A page never overwrites the one that counts, and
//! it counts once it is whole. So at any moment one of the two can be read.

use sarab::{device::Geometry, prelude::*};

use crate::page::Page;

/// The book on a disk.
pub(crate) struct Book<B> {
    disk: B,
    page: Page,
}

impl<B: Block> Book<B> {
    /// Opens the book on `disk`; a disk of zeroes is one in which nothing is written yet.
    pub(crate) async fn open(disk: B) -> Result<Self, Failure> {
        let mut pages = Vec::new();
        let mut is_blank = true;
        for sector in places(&disk.geometry()) {
            let bytes = disk.read(sector, 1).await?;
            is_blank &= bytes.iter().all(|byte| *byte == 0);
            pages.extend(Page::read(&bytes));
        }
        match pages.into_iter().max_by_key(|page| page.sequence) {
            Some(page) => Ok(Self { disk, page }),
            None if is_blank => Ok(Self { disk, page: Page::default() }),
            None => Err(Failure::new("the disk holds something else; `--reset` overwrites it")),
        }
    }

    /// Begins a new book.
    pub(crate) async fn begin(disk: B) -> Result<Self, Failure> {
        let mut book = Self { disk, page: Page::default() };
        // Two pages, so that nothing of an older book is left.
        for _ in places(&book.disk.geometry()) {
            book.turn(Page::default()).await?;
        }
        Ok(book)
    }

    /// Returns the page that counts.
    pub(crate) fn page(&self) -> &Page {
        &self.page
    }

    /// Sells a ticket, and returns its number once the sale survives.
    pub(crate) async fn sell(&mut self, player: &str) -> Result<u64, Failure> {
        let page = self.page.with_ticket(player)?;
        self.turn(page).await?;
        Ok(self.page.tickets())
    }

    /// Draws the owner of a ticket by a random number, and returns the name once the draw survives.
    pub(crate) async fn draw(&mut self, random: u64) -> Result<String, Failure> {
        let tickets = self.page.tickets();
        let ticket = random.checked_rem(tickets).ok_or(Failure::new("nobody has a ticket"))?;
        let winner = String::from(self.page.owner(ticket));
        self.turn(Page { winner: winner.clone(), ..Page::default() }).await?;
        Ok(winner)
    }

    /// Writes `page` as the next one, in the place of the one before the last.
    async fn turn(&mut self, page: Page) -> Result<(), Failure> {
        let page = Page { sequence: self.page.sequence + 1, ..page };
        let geometry = self.disk.geometry();
        let [even, odd] = places(&geometry);
        let sector = if page.sequence.is_multiple_of(2) { even } else { odd };
        let bytes = page.write(geometry.sector_bytes as usize);
        self.disk.write_through(sector, bytes).await?;
        self.page = page;
        Ok(())
    }
}

/// Returns the two places: as far from each other as they can be, as what goes wrong with a sector may go
/// wrong with its neighbour.
fn places(geometry: &Geometry) -> [u64; 2] {
    [0, geometry.sector_count.saturating_sub(1)]
}

#[cfg(test)]
mod tests;
