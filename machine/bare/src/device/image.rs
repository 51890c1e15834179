//! The parts of an image that are the same wherever it runs.

use sarab_abi::manifest::{Entry, NOTE_TYPE, write};

/// An ELF note: owner, type, and what the image asks of its host (`tender/ABI.md`).
#[doc(hidden)]
#[repr(C, align(4))]
pub struct Note<const BYTES: usize> {
    sizes: [u32; 3],
    owner: [u8; 8],
    manifest: [u8; BYTES],
}

impl<const BYTES: usize> Note<BYTES> {
    /// Makes the note of `entries`, whose manifest has `BYTES`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "no manifest has four billion bytes")]
    pub const fn new(entries: &[Entry<'_>]) -> Self {
        let sizes = [6, BYTES as u32, NOTE_TYPE];
        Self { sizes, owner: *b"Sarab\0\0\0", manifest: write(entries) }
    }
}

/// Defines the parts of an image that are the same wherever it runs: the symbols of the prebuilt
/// libraries, the heap `HEAP`, the list `RESOURCES` of what the image asks of its host, the note that
/// says so, and the handler of panics.
#[macro_export]
macro_rules! image {
    ($resources:expr, $panic:path) => {
        $crate::symbols!();

        // SAFETY: an image runs on one core, and no interrupt handler allocates.
        #[global_allocator]
        static HEAP: $crate::Heap = unsafe { $crate::Heap::new() };

        static RESOURCES: &[$crate::Resource<'static>] = &$resources;

        #[used]
        #[unsafe(link_section = ".note.sarab")]
        static NOTE: $crate::Note<{ $crate::manifest_bytes(RESOURCES) }> =
            $crate::Note::new(RESOURCES);

        #[panic_handler]
        fn panic(info: &::core::panic::PanicInfo<'_>) -> ! {
            $panic(info)
        }
    };
}
