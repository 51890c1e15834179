//! An open file.

use alloc::rc::Rc;

use sarab_device::Block;

/// An open file of a [`Fat`](crate::Fat).
#[derive(Debug)]
pub struct FatFile<B: Block> {
    _block: Rc<B>,
}
