//! Making pages ready to be written: checksums, from the leaves to the top.

use crate::{
    cache::State,
    format::pointer::{Pointer, Top},
    pages::{Fault, Pages, senseless},
};

impl Pages {
    /// Seals all pages under `top` that are still open to change, and `top` itself.
    pub(crate) fn seal_tree(&mut self, top: &mut Top) -> Result<(), Fault> {
        if !top.is_empty() && top.pointer.checksum == 0 {
            top.pointer.checksum = self.seal_page(top.pointer, top.level)?;
        }
        Ok(())
    }

    /// Seals the page at `pointer`, and those under it, and returns its checksum.
    fn seal_page(&mut self, pointer: Pointer, level: u8) -> Result<u64, Fault> {
        match self.cache.state(pointer.address) {
            (State::Dirty, _) => {}
            (State::Vacant, _) => return Err(senseless(pointer, level, 0)),
            (State::Clean | State::Sealed, checksum) => return Ok(checksum),
        }
        if level > 0 {
            self.seal_children(pointer, level)?;
        }
        let seal = self.seal;
        let page = self.own_mut(pointer.address)?;
        page.place(pointer.address, pointer.birth);
        let checksum = seal.sum_at(page.bytes(), pointer.address);
        self.cache.seal(pointer.address, checksum);
        Ok(checksum)
    }

    fn seal_children(&mut self, pointer: Pointer, level: u8) -> Result<(), Fault> {
        for at in 0..self.own_mut(pointer.address)?.len() {
            let child = self.own_mut(pointer.address)?.child(at);
            if child.checksum == 0 {
                let checksum = self.seal_page(child, level - 1)?;
                self.own_mut(pointer.address)?.set_child(at, Pointer { checksum, ..child });
            }
        }
        Ok(())
    }
}
