//! The allocator of an image.

use core::alloc::{GlobalAlloc, Layout};

use talc::{TalcCell, source::Manual};

/// The allocator of an image that runs on one core: `talc`, without a lock.
///
/// It has nothing to give until [`claim`](Heap::claim).
pub struct Heap(TalcCell<Manual>);

// SAFETY: `new` makes its caller promise that one core alone uses it.
unsafe impl Sync for Heap {}

impl Heap {
    /// Makes an empty heap.
    ///
    /// # Safety
    ///
    /// It is used by one core, and by no interrupt handler.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(TalcCell::new(Manual))
    }

    /// Gives the heap `size_bytes` of memory from `start` on; tells whether that is enough to begin.
    ///
    /// # Safety
    ///
    /// The memory can be written, and nobody else uses it, now or later.
    pub unsafe fn claim(&self, start: *mut u8, size_bytes: usize) -> bool {
        // SAFETY: by the contract of this function.
        unsafe { self.0.claim(start, size_bytes) }.is_some()
    }
}

// SAFETY: `talc` upholds the contract; it is only reached by one core, as `new` demands.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the contract of this function.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: by the contract of this function.
        unsafe { self.0.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size_bytes: usize) -> *mut u8 {
        // SAFETY: by the contract of this function.
        unsafe { self.0.realloc(memory, layout, size_bytes) }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::ptr::null_mut;

    use super::*;

    #[test]
    fn a_heap_gives_what_it_was_given_and_no_more() {
        // SAFETY: this test is one thread.
        let heap = unsafe { Heap::new() };
        let layout = Layout::from_size_align(4096, 4096).unwrap();
        // SAFETY: the layout is not empty.
        assert_eq!(unsafe { heap.alloc(layout) }, null_mut());
        let arena = std::vec![0_u8; 1 << 20].leak();
        // SAFETY: the arena is leaked to the heap.
        assert!(unsafe { heap.claim(arena.as_mut_ptr(), arena.len()) });
        // SAFETY: the layout is not empty.
        let pages = core::iter::from_fn(|| Some(unsafe { heap.alloc(layout) }));
        let pages: std::vec::Vec<_> = pages.take_while(|page| !page.is_null()).collect();
        assert!((100..256).contains(&pages.len()), "{}", pages.len());
        for page in pages {
            // SAFETY: the page was allocated with this layout.
            unsafe { heap.dealloc(page, layout) };
        }
        // SAFETY: the layout is not empty.
        assert_ne!(unsafe { heap.alloc(layout) }, null_mut());
    }
}
