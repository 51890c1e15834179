//! The guest's memory: one mapping of the host, seen through regions.

use std::{
    fmt,
    ops::Range,
    ptr::{self, NonNull},
};

pub use sarab_monitor::memory::Protection;

/// The size of a page, in bytes.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// The end of the lower half of the address space, with four levels of tables.
const LOWER_HALF_END: u64 = 1 << 47;

/// A part of the memory that the guest sees. Offset and size are whole pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Bytes from the base of the memory.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
    /// What the guest may do here.
    pub protection: Protection,
}

impl Region {
    fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.size)
    }
}

/// One contiguous mapping of the host that a guest sees at a base address of its own.
///
/// What no region covers is unmapped for the guest. One unmapped page and then the doorbell
/// follow the last byte.
#[derive(Debug)]
pub struct GuestMemory {
    host: NonNull<u8>,
    size: u64,
    base: u64,
    regions: Vec<Region>,
}

impl GuestMemory {
    /// Describes the mapping of `size` bytes at `host`, which the guest sees at `base`.
    ///
    /// Errors: an address or size that is not whole pages, or a region that leaves the memory or
    /// overlaps the one before it (regions come sorted).
    ///
    /// # Safety
    ///
    /// `host` is the start of a readable and writable mapping of `size` bytes that nothing else
    /// unmaps, moves or borrows as a Rust reference while this value, or a [`Cage`](crate::Cage)
    /// made of it, lives.
    pub unsafe fn new(
        host: *mut u8,
        size: u64,
        base: u64,
        regions: Vec<Region>,
    ) -> Result<Self, LayoutError> {
        let host = NonNull::new(host).ok_or(LayoutError::Unaligned { what: "host", value: 0 })?;
        let address = host.as_ptr() as u64;
        for (what, value) in [("host address", address), ("size", size), ("base address", base)] {
            whole_pages(what, value)?;
        }
        let memory = Self { host, size, base, regions };
        memory.check_base()?;
        memory.check_regions()?;
        Ok(memory)
    }

    /// Where the guest rings: a page beyond the last byte and one page more.
    #[must_use]
    pub fn doorbell(&self) -> u64 {
        self.base + self.size + PAGE_BYTES
    }

    /// The address that the guest sees the first byte at.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// The size of the mapping, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The host's address of the first byte.
    #[must_use]
    pub fn host(&self) -> *mut u8 {
        self.host.as_ptr()
    }

    /// What the guest sees, in order.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The offset into the mapping of `len` bytes at the guest's `address`, if the guest may read
    /// all of them. Neighbouring regions count as one.
    #[must_use]
    pub fn translate(&self, address: u64, len: u64) -> Option<u64> {
        self.find(address, len, |_| true)
    }

    /// Like [`translate`](Self::translate), if the guest may write all of them.
    #[must_use]
    pub fn translate_mut(&self, address: u64, len: u64) -> Option<u64> {
        self.find(address, len, |region| region.protection == Protection::ReadWrite)
    }

    /// Copies what the guest sees at `address`. False, and nothing copied, where it sees nothing.
    pub(crate) fn read(&self, address: u64, bytes: &mut [u8]) -> bool {
        let Some(offset) = self.translate(address, bytes.len() as u64) else { return false };
        // SAFETY: `translate` found the range inside the mapping, which `new` was promised is
        // readable and not borrowed, so that `bytes` is elsewhere.
        unsafe { ptr::copy_nonoverlapping(self.at(offset), bytes.as_mut_ptr(), bytes.len()) }
        true
    }

    /// Stores where the guest can read, also where it cannot write. False, and nothing stored,
    /// where it sees nothing.
    pub(crate) fn poke(&self, address: u64, bytes: &[u8]) -> bool {
        let Some(offset) = self.translate(address, bytes.len() as u64) else { return false };
        // SAFETY: as in `read`; the mapping is writable.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.at(offset), bytes.len()) }
        true
    }

    fn at(&self, offset: u64) -> *mut u8 {
        let offset = usize::try_from(offset).expect("the mapping has an address for each byte");
        self.host.as_ptr().wrapping_add(offset)
    }

    fn find(&self, address: u64, len: u64, admits: impl Fn(&Region) -> bool) -> Option<u64> {
        let offset = address.checked_sub(self.base)?;
        let end = offset.checked_add(len)?;
        let mut reached = offset;
        for region in self.regions.iter().filter(|region| admits(region)) {
            let region_end = region.offset + region.size;
            if region.offset <= reached && reached < region_end {
                reached = region_end;
            }
        }
        (offset < reached && end <= reached).then_some(offset)
    }

    fn check_base(&self) -> Result<(), LayoutError> {
        let end = self.base.checked_add(self.size).and_then(|end| end.checked_add(2 * PAGE_BYTES));
        let is_inside = self.base != 0 && end.is_some_and(|end| end <= LOWER_HALF_END);
        if is_inside && self.size != 0 {
            return Ok(());
        }
        Err(LayoutError::Misplaced { base: self.base, size: self.size })
    }

    fn check_regions(&self) -> Result<(), LayoutError> {
        let mut free = 0;
        for region in &self.regions {
            whole_pages("region offset", region.offset)?;
            whole_pages("region size", region.size)?;
            let end = region.end().filter(|end| *end <= self.size && region.offset >= free);
            free = end.ok_or(LayoutError::Region { region: *region, free: free..self.size })?;
        }
        Ok(())
    }
}

fn whole_pages(what: &'static str, value: u64) -> Result<(), LayoutError> {
    if value.is_multiple_of(PAGE_BYTES) {
        return Ok(());
    }
    Err(LayoutError::Unaligned { what, value })
}

/// Why memory cannot be shown to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// A value that must be whole pages is not.
    Unaligned {
        /// Which value.
        what: &'static str,
        /// The value.
        value: u64,
    },
    /// The memory is empty or does not fit in the lower half of the address space.
    Misplaced {
        /// The guest's base address.
        base: u64,
        /// Bytes.
        size: u64,
    },
    /// A region is out of order, overlaps, or leaves the memory.
    Region {
        /// The region.
        region: Region,
        /// Where it could have been.
        free: Range<u64>,
    },
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unaligned { what, value } => {
                write!(f, "{what} {value:#x} is not a multiple of {PAGE_BYTES}")
            }
            Self::Misplaced { base, size } => write!(
                f,
                "{size:#x} bytes at {base:#x} leave the addresses between 0x1000 and {LOWER_HALF_END:#x}"
            ),
            Self::Region { region: Region { offset, size, .. }, free } => write!(
                f,
                "region of {size:#x} bytes at offset {offset:#x}, where {:#x} to {:#x} are free",
                free.start, free.end
            ),
        }
    }
}

impl std::error::Error for LayoutError {}
