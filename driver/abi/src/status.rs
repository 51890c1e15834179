//! How a tender ends.

/// The status of a tender whose guest did not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// The command line, or what is attached, does not fit the image.
    Usage = 64,
    /// The image is not one.
    Image = 65,
    /// The host lacks what the tender needs.
    Unavailable = 69,
    /// The guest panicked.
    Panicked = 101,
    /// The guest ran out of memory.
    OutOfMemory = 102,
    /// The guest's stack overflowed.
    StackOverflow = 103,
    /// The guest did what no program may.
    Fault = 104,
    /// The guest broke the ABI, or asked the host for what it may not.
    Violation = 105,
    /// The host asked twice to end.
    Interrupted = 130,
}
