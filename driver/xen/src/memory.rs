//! Memory that the other side of a device reads and writes, too.

use alloc::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use core::{
    arch::asm,
    ptr::NonNull,
    sync::atomic::{AtomicU16, AtomicU64},
};

use bytes::BytesMut;
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

    /// Appends the `count` bytes from `at` on to `target`.
    ///
    /// # Panics
    ///
    /// If they are not in the window.
    pub fn append_to(&self, at: usize, count: usize, target: &mut BytesMut) {
        let is_inside = at.checked_add(count).is_some_and(|end| end <= self.size_bytes);
        assert!(is_inside, "{count} bytes at {at} of a window of {}", self.size_bytes);
        target.reserve(count);
        let from = self.start.as_ptr().wrapping_add(at);
        let to = target.spare_capacity_mut().as_mut_ptr().cast();
        // SAFETY: all of it lies in the window, and nothing of the window is anybody's own; there is room for as much.
        unsafe { copy(from, to, count) };
        // SAFETY: so many bytes behind the end were written.
        unsafe { target.set_len(target.len() + count) };
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

/// Copies `count` bytes that may change meanwhile: whole words first, by the instruction that processors do a cache line
/// at a time, and emulators word by word. To the compiler it is as opaque as what other domains do.
///
/// # Safety
///
/// `from` can be read and `to` written for so many bytes, which do not overlap.
unsafe fn copy(from: *const u8, to: *mut u8, count: usize) {
    // SAFETY: by the contract of this function; the direction is upwards between any two functions.
    unsafe {
        asm!(
            "rep movsq",
            "mov ecx, {rest:e}",
            "rep movsb",
            rest = in(reg) count % WORD_BYTES,
            inout("rcx") count / WORD_BYTES => _,
            inout("rsi") from => _,
            inout("rdi") to => _,
            options(nostack, preserves_flags),
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_of_a_page_is_appended_as_it_is() {
        let page = Page::new();
        let mut bytes = [0; PAGE_BYTES];
        bytes.iter_mut().zip((0..=250).cycle()).for_each(|(byte, value)| *byte = value);
        for (word, at) in bytes.as_chunks::<WORD_BYTES>().0.iter().zip((0..).step_by(WORD_BYTES)) {
            page.window().store(at, u64::from_le_bytes(*word));
        }
        for (at, count) in [(0, 0), (1, 1), (3, 7), (0, 8), (5, 60), (2, 1514), (0, PAGE_BYTES)] {
            let mut target = BytesMut::from(&b"before"[..]);
            page.window().append_to(at, count, &mut target);
            assert_eq!(target[..6], *b"before");
            assert_eq!(target[6..], bytes[at..at + count], "{count} at {at}");
        }
    }

    #[test]
    #[should_panic(expected = "2 bytes at 4095 of a window of 4096")]
    fn what_is_not_in_a_window_is_not_appended() {
        Page::new().window().append_to(4095, 2, &mut BytesMut::new());
    }
}
