//! The memory of a guest, as its tender reaches it.
//!
//! It is one mapping of the host, seen by the guest at [`base`](Memory::base). The guest may change it
//! at any moment that it runs, and threads of the tender run beside it; so nothing here makes a
//! reference to it. What the guest itself may do where is said by [`Part`]s, which `spt` makes
//! protections of the host and `hvt` page tables.

use std::{
    io,
    ptr::{self, NonNull},
};

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// What a guest may do with a part of its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Read.
    Read,
    /// Read and execute.
    ReadExecute,
    /// Read and write.
    ReadWrite,
}

/// A part of guest memory, in whole pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it starts, as an offset in guest memory.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// What the guest may do there.
    pub protection: Protection,
    /// Whether the tender may write there when the guest says so.
    pub is_shared: bool,
}

/// The page on either side of the memory.
const GUARD_BYTES: usize = 4096;

/// The memory of a guest.
pub struct Memory {
    host: NonNull<u8>,
    size_bytes: u64,
    base: u64,
    parts: Vec<Part>,
}

impl Memory {
    /// Maps `size_bytes` of zeroes, which take room only where they are written, between two pages that nobody
    /// can touch.
    ///
    /// The guest sees it where the host does, until [`set_base`](Memory::set_base).
    pub fn map(size_bytes: u64) -> io::Result<Self> {
        let size = usize::try_from(size_bytes).map_err(io::Error::other)?;
        let all = size.checked_add(2 * GUARD_BYTES).ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: the kernel chooses a place where nothing is.
        let all = unsafe { libc::mmap(ptr::null_mut(), all, libc::PROT_NONE, flags, -1, 0) };
        if all == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the mapping has that page and as many more.
        let start = unsafe { all.add(GUARD_BYTES) };
        // SAFETY: it was just mapped, and nobody has it yet.
        if unsafe { libc::mprotect(start, size, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let host = NonNull::new(start.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        let base = host.as_ptr().expose_provenance() as u64;
        Ok(Self { host, size_bytes, base, parts: Vec::new() })
    }

    /// Returns where the guest sees its memory.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Lets the guest see its memory at `base`.
    pub fn set_base(&mut self, base: u64) {
        self.base = base;
    }

    /// Returns where the host has it.
    #[must_use]
    pub fn host(&self) -> NonNull<u8> {
        self.host
    }

    /// Returns the bytes of it.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Returns what the guest may do where: in order, apart from each other.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Says what the guest may do where. Whatever lies between is a gap.
    pub fn set_parts(&mut self, parts: Vec<Part>) {
        debug_assert!(parts.is_sorted_by(|one, next| one.end <= next.start));
        self.parts = parts;
    }

    /// Returns where `size_bytes` from `address` on are, if the guest may read all of them.
    #[must_use]
    pub fn readable(&self, address: u64, size_bytes: u64) -> Option<*const u8> {
        let (offset, _) = self.part(address, size_bytes)?;
        // SAFETY: the offset lies in the mapping, as parts do.
        Some(unsafe { self.host.as_ptr().add(offset) })
    }

    /// Returns where `size_bytes` from `address` on are, if the tender may write all of them.
    #[must_use]
    pub fn writable(&self, address: u64, size_bytes: u64) -> Option<*mut u8> {
        let (offset, part) = self.part(address, size_bytes)?;
        // SAFETY: the offset lies in the mapping, as parts do.
        part.is_shared.then(|| unsafe { self.host.as_ptr().add(offset) })
    }

    /// Returns the offset of what lies in one part, and the part.
    fn part(&self, address: u64, size_bytes: u64) -> Option<(usize, &Part)> {
        let start = address.checked_sub(self.base)?;
        let end = start.checked_add(size_bytes)?;
        // The last part is the heap, where most of it is.
        let part = self.parts.iter().rev().find(|part| part.start <= start && end <= part.end)?;
        Some((usize::try_from(start).ok()?, part))
    }

    /// Reads a value, if the guest may read it: once, so that what is checked of it is what is used, even
    /// while the thread of a disk writes there.
    #[must_use]
    pub fn get<T: FromBytes>(&self, address: u64) -> Option<T> {
        let at = self.readable(address, size_of::<T>() as u64)?.cast::<Anywhere<T>>();
        // SAFETY: that many bytes can be read there, at any alignment, and any of them are a value.
        Some(unsafe { at.read_volatile() }.0)
    }

    /// Writes a value, if the tender may write there.
    #[must_use]
    pub fn put<T: IntoBytes + Immutable>(&self, address: u64, value: &T) -> Option<()> {
        let at = self.writable(address, size_of::<T>() as u64)?;
        let from = value.as_bytes();
        // SAFETY: that many bytes can be written there, and no reference to them exists.
        unsafe { at.copy_from_nonoverlapping(from.as_ptr(), from.len()) };
        Some(())
    }

    /// Writes `bytes` anywhere in the memory, before the guest runs.
    #[must_use]
    pub fn fill(&self, address: u64, bytes: &[u8]) -> Option<()> {
        let at = self.anywhere(address, bytes.len() as u64)?;
        // SAFETY: that many bytes lie in the mapping, and no reference to them exists.
        unsafe { at.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Some(())
    }

    /// Reads a word anywhere in the memory, before the guest runs.
    pub(crate) fn peek(&self, address: u64) -> Option<u64> {
        let at = self.anywhere(address, 8)?;
        // SAFETY: eight bytes lie in the mapping.
        Some(u64::from_le_bytes(unsafe { at.cast::<[u8; 8]>().read_unaligned() }))
    }

    fn anywhere(&self, address: u64, size_bytes: u64) -> Option<*mut u8> {
        let start = address.checked_sub(self.base)?;
        let end = start.checked_add(size_bytes)?;
        let start = usize::try_from(start).ok().filter(|_| end <= self.size_bytes)?;
        // SAFETY: the offset lies in the mapping.
        Some(unsafe { self.host.as_ptr().add(start) })
    }
}

/// A value that need not be aligned.
#[repr(C, packed)]
struct Anywhere<T>(T);

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        let mut memory = Memory::map(16 * 4096).unwrap();
        memory.set_base(0x10_0000);
        let part = |start: u64, end: u64, protection, is_shared| Part {
            start: start * 4096,
            end: end * 4096,
            protection,
            is_shared,
        };
        memory.set_parts(vec![
            part(0, 1, Protection::Read, false),
            part(1, 3, Protection::ReadExecute, false),
            part(3, 4, Protection::ReadWrite, false),
            part(6, 16, Protection::ReadWrite, true),
        ]);
        memory
    }

    #[test]
    fn only_what_lies_whole_in_a_part_is_reached() {
        let memory = memory();
        for (offset, size, reads, writes) in [
            (0, 4096, true, false),
            (0, 4097, false, false),
            (4095, 1, true, false),
            (4095, 2, false, false),
            (0x4000, 1, false, false),
            (0x6000, 0xa000, true, true),
            (0x6000, 0xa001, false, false),
            (0x5fff, 1, false, false),
            (0x10000, 0, true, true),
            (0x10001, 0, false, false),
            (0, u64::MAX, false, false),
            (u64::MAX - 0x10_0000, 8, false, false),
        ] {
            let address = 0x10_0000_u64.wrapping_add(offset);
            assert_eq!(memory.readable(address, size).is_some(), reads, "{offset:#x} {size:#x}");
            assert_eq!(memory.writable(address, size).is_some(), writes, "{offset:#x} {size:#x}");
        }
        assert!(memory.readable(0, 1).is_none());
    }

    #[test]
    fn what_was_put_is_got() {
        let memory = memory();
        assert_eq!(memory.put(0x10_6003, &0x1122_3344_u32), Some(()));
        assert_eq!(memory.get::<u32>(0x10_6003), Some(0x1122_3344));
        assert_eq!(memory.put(0x10_1000, &1_u32), None);
        assert_eq!(memory.fill(0x10_1000, &[1]), Some(()));
        assert_eq!(memory.get::<u8>(0x10_1000), Some(1));
    }
}
