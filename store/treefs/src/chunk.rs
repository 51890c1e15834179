//! Where the bytes of a file lie: the section "chunks" of `FORMAT.md`.

use alloc::vec::Vec;
use core::ops::Range;

/// Bytes in a chunk.
pub(crate) const CHUNK_BYTES: u32 = 16384;
/// The same, as a size in memory.
pub(crate) const CHUNK: usize = CHUNK_BYTES as usize;

/// What a request touches of one chunk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The number of the chunk.
    pub(crate) number: u64,
    /// Where in the chunk.
    pub(crate) within: Range<usize>,
    /// Where in the request.
    pub(crate) request: Range<usize>,
}

/// Cuts `count` bytes from `offset` on at the borders of chunks.
pub(crate) fn parts(offset: u64, count: usize) -> impl Iterator<Item = Part> {
    let mut done = 0;
    core::iter::from_fn(move || {
        let (number, start) = split(offset + done as u64);
        let size = (CHUNK - start).min(count - done);
        let part = Part { number, within: start..start + size, request: done..done + size };
        done += size;
        (size > 0).then_some(part)
    })
}

/// Returns the chunk that byte `offset` of a file lies in, and where in it.
pub(crate) fn split(offset: u64) -> (u64, usize) {
    let within = offset % u64::from(CHUNK_BYTES);
    (offset / u64::from(CHUNK_BYTES), usize::try_from(within).unwrap_or_default())
}

/// Returns the first byte of a file that lies in a chunk.
pub(crate) fn start(number: u64) -> Option<u64> {
    number.checked_mul(u64::from(CHUNK_BYTES))
}

/// Puts `data` at `within` into a chunk that holds `old`.
pub(crate) fn patched(old: &[u8], within: usize, data: &[u8]) -> Vec<u8> {
    let end = within + data.len();
    let mut new = Vec::with_capacity(old.len().max(end));
    new.extend_from_slice(&old[..within.min(old.len())]);
    new.resize(within, 0);
    new.extend_from_slice(data);
    new.extend_from_slice(old.get(end..).unwrap_or_default());
    new
}

/// Returns a chunk without the zeroes at its end.
pub(crate) fn trimmed(chunk: &[u8]) -> &[u8] {
    let size = chunk.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &chunk[..size]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_cut_at_the_borders_of_chunks() {
        let whole = u64::from(CHUNK_BYTES);
        let cut: Vec<Part> = parts(whole - 2, CHUNK + 5).collect();
        let part = |number, within, request| Part { number, within, request };
        assert_eq!(
            cut,
            [
                part(0, CHUNK - 2..CHUNK, 0..2),
                part(1, 0..CHUNK, 2..CHUNK + 2),
                part(2, 0..3, CHUNK + 2..CHUNK + 5),
            ]
        );
        assert_eq!(parts(9, 0).count(), 0);
    }

    #[test]
    fn a_chunk_is_patched_within_at_and_past_its_end() {
        for (old, within, data, expected) in [
            (&b"abcdef"[..], 2, &b"XY"[..], &b"abXYef"[..]),
            (b"abc", 2, b"XY", b"abXY"),
            (b"abc", 3, b"XY", b"abcXY"),
            (b"abc", 5, b"XY", b"abc\0\0XY"),
            (b"", 0, b"XY", b"XY"),
        ] {
            assert_eq!(patched(old, within, data), expected);
        }
    }

    #[test]
    fn zeroes_at_the_end_are_not_kept() {
        assert_eq!(trimmed(b"\0a\0b\0\0"), b"\0a\0b");
        assert_eq!(trimmed(&[0; 100]), b"");
    }
}
