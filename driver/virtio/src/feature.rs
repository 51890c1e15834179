//! Features of every device (virtio 1.2 chapter 6).

/// A descriptor may refer to a table of descriptors.
pub(crate) const INDIRECT: u64 = 1 << 28;
/// Each side says from which entry of a ring on it wants to be told.
pub(crate) const EVENT_INDEX: u64 = 1 << 29;
/// The device is as virtio 1.0 and later say.
pub(crate) const VERSION_1: u64 = 1 << 32;
/// Addresses are those of the platform, which are the same here.
pub(crate) const PLATFORM: u64 = 1 << 33;
