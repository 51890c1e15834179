//! Memory that the other side of a device reads and writes, too.

use alloc::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use core::{
    ptr::NonNull,
    sync::atomic::{AtomicU16, AtomicU64},
};

use zerocopy::{FromBytes, IntoBytes};

/// Bytes in a page.
pub const PAGE_BYTES: usize = 4096;

/// Bytes that a copy moves at a time.
const WORD_BYTES: usize = 8;

/// A window on memory that somebody else reads and writes at any time.
///
/// Nothing in it is ever borrowed as Rust's own: each access is a volatile copy, or an atomic operation. What is
/// read may be anything, and may be something else the next time.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    start: NonNull<u8>,
    size_bytes: usize,
}

impl Window {
    /// Opens a window on `size_bytes` from `address` on.
    ///
    /// # Panics
    ///
    /// If `address` is no multiple of 8.
    ///
    /// # Safety
    ///
    /// The memory is there for as long as this window and its copies are used, and in no other way than by such
    /// windows.
    #[must_use]
    pub unsafe fn new(address: usize, size_bytes: usize) -> Self {
        let start = core::ptr::with_exposed_provenance_mut::<u8>(address);
        assert!(address.is_multiple_of(WORD_BYTES), "a window at the odd address {address:#x}");
        let Some(start) = NonNull::new(start) else { panic!("a window on nothing") };
        Self { start, size_bytes }
    }

    /// Returns the address of its first byte.
    #[must_use]
    pub fn address(&self) -> usize {
        self.start.as_ptr().expose_provenance()
    }

    /// Reads a value at `at` bytes.
    ///
    /// # Panics
    ///
    /// As [`store`](Window::store).
    #[must_use]
    pub fn load<T: FromBytes>(&self, at: usize) -> T {
        let place = self.place::<T>(at);
        // SAFETY: the place lies in the window and is aligned; any bytes are a `T`.
        unsafe { place.read_volatile() }
    }

    /// Writes a value at `at` bytes.
    ///
    /// # Panics
    ///
    /// If that is not in the window, or not aligned.
    pub fn store<T: IntoBytes>(&self, at: usize, value: T) {
        let place = self.place::<T>(at);
        // SAFETY: the place lies in the window and is aligned.
        unsafe { place.write_volatile(value) };
    }

    /// Returns the 16 bits at `at` bytes, to be changed in one step.
    ///
    /// # Panics
    ///
    /// As [`store`](Window::store).
    #[must_use]
    pub fn half(&self, at: usize) -> &AtomicU16 {
        let place = self.place::<u16>(at);
        // SAFETY: the place lies in the window, is aligned, and is shared by atomic operations.
        unsafe { AtomicU16::from_ptr(place) }
    }

    /// Returns the 64 bits at `at` bytes, to be changed in one step.
    ///
    /// # Panics
    ///
    /// As [`store`](Window::store).
    #[must_use]
    pub fn word(&self, at: usize) -> &AtomicU64 {
        let place = self.place::<u64>(at);
        // SAFETY: the place lies in the window, is aligned, and is shared by atomic operations.
        unsafe { AtomicU64::from_ptr(place) }
    }

    /// Copies what stands from `at` on to `target`, a word at a time where it is aligned.
    ///
    /// # Panics
    ///
    /// If it is not in the window.
    pub fn copy_to(&self, at: usize, target: &mut [u8]) {
        let lead = (at.next_multiple_of(WORD_BYTES) - at).min(target.len());
        let (head, rest) = target.split_at_mut(lead);
        let (words, tail) = rest.as_chunks_mut::<WORD_BYTES>();
        let bytes = words.len() * WORD_BYTES;
        for (byte, at) in head.iter_mut().zip(at..) {
            *byte = self.load(at);
        }
        for (word, at) in words.iter_mut().zip((at + lead..).step_by(WORD_BYTES)) {
            // Aligned as a number is, so that it is one access.
            *word = self.load::<u64>(at).to_le_bytes();
        }
        for (byte, at) in tail.iter_mut().zip(at + lead + bytes..) {
            *byte = self.load(at);
        }
    }

    /// Fills all of it with zeroes.
    pub fn clear(&self) {
        (0..self.size_bytes / WORD_BYTES).for_each(|word| self.store(word * WORD_BYTES, 0_u64));
    }

    fn place<T>(&self, at: usize) -> *mut T {
        let is_inside = at.checked_add(size_of::<T>()).is_some_and(|end| end <= self.size_bytes);
        let place = self.start.as_ptr().wrapping_add(at).cast::<T>();
        assert!(is_inside && place.is_aligned(), "byte {at} of a window of {}", self.size_bytes);
        place
    }
}

/// A page of the guest's own memory, to be shared.
///
/// Who has granted it drops it only when the grant has ended.
#[derive(Debug)]
pub struct Page(Window);

impl Page {
    const LAYOUT: Layout = match Layout::from_size_align(PAGE_BYTES, PAGE_BYTES) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    };

    /// Makes a page of zeroes.
    #[must_use]
    pub fn new() -> Self {
        // SAFETY: the size is not 0.
        let start = unsafe { alloc_zeroed(Self::LAYOUT) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(Self::LAYOUT) };
        start.as_ptr().expose_provenance();
        Self(Window { start, size_bytes: PAGE_BYTES })
    }

    /// Returns the window on it, which is used no longer than the page is there.
    #[must_use]
    pub fn window(&self) -> Window {
        self.0
    }

    /// Returns its address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.address()
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: it was allocated with that layout, and is not used any more.
        unsafe { dealloc(self.0.start.as_ptr(), Self::LAYOUT) };
    }
}
