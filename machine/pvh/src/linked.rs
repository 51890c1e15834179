//! Where the parts of the image lie, as `link.ld` says.

use core::ops::Range;

unsafe extern "C" {
    static pvh_image_start: u8;
    static pvh_text_end: u8;
    static pvh_rodata_end: u8;
    static pvh_fault_guard: u8;
    static pvh_guard: u8;
    static pvh_image_end: u8;
}

/// Bytes of a page below a stack.
const GUARD_BYTES: usize = 4096;

/// The parts of the image, which follow each other; each begins with a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// What is executed.
    pub(crate) text: Range<usize>,
    /// What is only read.
    pub(crate) rodata: Range<usize>,
    /// What is written, the stacks and the pages below them with it.
    pub(crate) data: Range<usize>,
    /// The page below the stack.
    pub(crate) guard: Range<usize>,
    /// The page below the stack for faults.
    pub(crate) fault_guard: Range<usize>,
}

impl Parts {
    /// Returns those of this image.
    pub(crate) fn get() -> Self {
        // The symbols are places; what is there is not looked at.
        let (start, text_end) = (&raw const pvh_image_start, &raw const pvh_text_end);
        let (rodata_end, end) = (&raw const pvh_rodata_end, &raw const pvh_image_end);
        let guard = (&raw const pvh_guard).addr();
        let fault_guard = (&raw const pvh_fault_guard).addr();
        Self {
            text: start.addr()..text_end.addr(),
            rodata: text_end.addr()..rodata_end.addr(),
            data: rodata_end.addr()..end.addr(),
            guard: guard..guard + GUARD_BYTES,
            fault_guard: fault_guard..fault_guard + GUARD_BYTES,
        }
    }

    /// Returns where the image lies.
    pub(crate) fn image(&self) -> Range<usize> {
        self.text.start..self.data.end
    }

    /// Returns where the stack lies.
    pub(crate) fn stack(&self) -> Range<usize> {
        self.guard.end..self.data.end
    }
}
