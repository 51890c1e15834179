//! Memory of the supervisor, which the guest never sees.

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::{
    io,
    ptr::{self, NonNull},
};

/// An anonymous mapping that KVM and the tender both read and write.
///
/// Pages cost nothing until they are touched. All access is by copy, because the processor of
/// the guest changes them behind our back. Offsets and sizes are in bytes.
#[derive(Debug)]
pub(crate) struct Pages {
    at: NonNull<u8>,
    size: u64,
}

impl Pages {
    /// Maps `size` bytes of zeros, whole pages; right below `neighbour` if nothing is there.
    pub(crate) fn below(neighbour: *mut u8, size: u64) -> io::Result<Self> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let wish = neighbour.wrapping_sub(to_usize(size)).cast();
        // SAFETY: a new mapping: the address is a wish, which is not granted where it overlaps.
        let at = unsafe { mmap_anonymous(wish, to_usize(size), access, flags)? };
        let at = NonNull::new(at.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { at, size })
    }

    /// The host's address, for a memory slot.
    pub(crate) fn address(&self) -> u64 {
        self.at.as_ptr() as u64
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Stores `word` at `offset`.
    pub(crate) fn put(&mut self, offset: u64, word: u64) {
        // SAFETY: `word_at` says that it is aligned and inside the mapping, which is writable.
        unsafe { self.word_at(offset).write_volatile(word) }
    }

    /// Loads the word at `offset`.
    pub(crate) fn get(&self, offset: u64) -> u64 {
        // SAFETY: `word_at` says that it is aligned and inside the mapping, which is readable.
        unsafe { self.word_at(offset).read_volatile() }
    }

    /// Stores `bytes` at `offset`.
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) {
        assert!(offset + bytes.len() as u64 <= self.size);
        // SAFETY: inside the mapping, and `bytes` is not: nobody has a reference into it.
        unsafe {
            let target = self.at.as_ptr().add(to_usize(offset));
            ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
        }
    }

    fn word_at(&self, offset: u64) -> *mut u64 {
        assert!(offset.is_multiple_of(8) && offset + 8 <= self.size);
        // The mapping begins with a page, so that a multiple of 8 is aligned.
        self.at.cast::<u64>().as_ptr().wrapping_byte_add(to_usize(offset))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and the machine that used it was closed before: see `Cage`.
        let result = unsafe { munmap(self.at.as_ptr().cast(), to_usize(self.size)) };
        debug_assert!(result.is_ok());
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the machine is one of 64 bits")]
fn to_usize(size: u64) -> usize {
    size as usize
}
