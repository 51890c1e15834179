//! Numbers in tables, in little-endian order.

/// Returns the `SIZE` bytes from byte `at` on, or zeroes where there are not so many.
pub(crate) fn bytes<const SIZE: usize>(data: &[u8], at: usize) -> [u8; SIZE] {
    let mut field = [0; SIZE];
    if let Some(part) = data.get(at..).and_then(|rest| rest.get(..SIZE)) {
        field.copy_from_slice(part);
    }
    field
}

pub(crate) fn u16(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes(data, at))
}

pub(crate) fn u32(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes(data, at))
}

pub(crate) fn u64(data: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes(data, at))
}

/// Puts `field` at byte `at`, which the caller knows to be there.
pub(crate) fn put(data: &mut [u8], at: usize, field: &[u8]) {
    data[at..at + field.len()].copy_from_slice(field);
}
