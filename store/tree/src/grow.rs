//! Taking more of a disk into use.

use sarab_device::Block;

use crate::{Error, Tree, format::map::MAP_SLOTS, space::Freed};

/// The least pages of a group that is worth having.
pub(crate) const GROUP_PAGES_MIN: u64 = 32;

/// Returns how many of `page_count` pages a store can use: a last group that is too short is left out.
pub(crate) fn usable(page_count: u64, group_pages: u64) -> u64 {
    let rest = page_count % group_pages;
    if rest < GROUP_PAGES_MIN { page_count - rest } else { page_count }
}

impl<B: Block + 'static> Tree<B> {
    /// Takes the rest of a disk that has grown into use. It survives a crash.
    pub async fn grow(&self) -> Result<(), Error<B::Error>> {
        let _writer = self.writers.wait().await;
        let _turn = self.checkpoints.wait().await;
        self.disk.check_writable()?;
        let group_pages = u64::from(self.superblock.group_pages);
        let old = self.state.borrow().pages.space.page_count();
        let new = usable(self.disk.page_count(), group_pages);
        if new <= old {
            let is_durable = self.log.borrow().durable() >= self.state.borrow().transaction;
            // The growth before may have been given up in its checkpoint.
            return if is_durable { Ok(()) } else { self.checkpoint_in_turn().await };
        }
        let first_group = old.div_ceil(group_pages) * group_pages;
        for start in (first_group..new).step_by(group_pages as usize) {
            self.disk.clear(start + MAP_SLOTS[0], MAP_SLOTS.len() as u64).await?;
        }
        self.disk.write_sector(new - 1, &self.superblock.bytes()).await?;
        self.state.borrow_mut().pages.space.extend(new);
        self.state.borrow_mut().pages.space.take(new - 1, 1);
        if old > self.superblock.page_count {
            // The copy of the growth before is not looked for there any more.
            let copy = Freed { address: old - 1, pages: 1, birth: 0 };
            self.state.borrow_mut().pages.postpone(copy, 0);
        }
        self.state.borrow_mut().count();
        self.checkpoint_in_turn().await
    }
}
