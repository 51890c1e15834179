//! An observer that writes the frames of a network card for a packet analyser.
//!
//! The format is pcap (draft-ietf-opsawg-pcap), all numbers in little-endian order. A file begins
//! with
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | `a1b2c3d4`: times in microseconds |
//! | 4 | 2 | major version, 2 |
//! | 6 | 2 | minor version, 4 |
//! | 8 | 8 | zeroes |
//! | 16 | 4 | the most bytes kept of a frame, 262144 |
//! | 20 | 4 | the kind of link, 1: Ethernet |
//!
//! and each frame is
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | seconds since 1970 |
//! | 4 | 4 | microseconds of the second |
//! | 8 | 4 | bytes kept |
//! | 12 | 4 | bytes that the frame had |
//! | 16 | | the bytes kept |

use core::time::Duration;

use super::{Observer, Operation, Outcome, Verb};

const MAGIC: u32 = 0xa1b2_c3d4;
const KEPT_BYTES_MAX: u32 = 262_144;
const ETHERNET: u32 = 1;

/// Writes every frame that a watched [`Net`](crate::Net) sent or received as pcap.
///
/// The sink is given a few bytes at a time, in order: the header of the file when the capture is
/// made, then each frame's header and bytes when the frame has passed.
pub struct Capture<S> {
    wall_clock: fn() -> Duration,
    sink: S,
}

impl<S: Fn(&[u8])> Capture<S> {
    /// Writes to `sink`; `wall_clock` tells the time since 1970-01-01T00:00:00Z.
    pub fn new(wall_clock: fn() -> Duration, sink: S) -> Self {
        let mut header = [0; 24];
        header[0..4].copy_from_slice(&MAGIC.to_le_bytes());
        header[4..6].copy_from_slice(&2_u16.to_le_bytes());
        header[6..8].copy_from_slice(&4_u16.to_le_bytes());
        header[16..20].copy_from_slice(&KEPT_BYTES_MAX.to_le_bytes());
        header[20..24].copy_from_slice(&ETHERNET.to_le_bytes());
        sink(&header);
        Self { wall_clock, sink }
    }

    fn put(&self, frame: &[u8]) {
        let time = (self.wall_clock)();
        let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let kept = &frame[..frame.len().min(KEPT_BYTES_MAX as usize)];
        // The format has 32 bits for the seconds, which last until 2106; then they begin anew.
        let seconds = u32::try_from(time.as_secs() & u64::from(u32::MAX)).unwrap_or_default();
        let mut header = [0; 16];
        header[0..4].copy_from_slice(&seconds.to_le_bytes());
        header[4..8].copy_from_slice(&time.subsec_micros().to_le_bytes());
        header[8..12].copy_from_slice(&size.min(KEPT_BYTES_MAX).to_le_bytes());
        header[12..16].copy_from_slice(&size.to_le_bytes());
        (self.sink)(&header);
        (self.sink)(kept);
    }
}

impl<S: Fn(&[u8])> Observer for Capture<S> {
    fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>) {
        match (operation.verb, outcome) {
            (Verb::Send, Outcome::Done { .. }) => self.put(operation.data),
            (Verb::Recv, Outcome::Done { data }) => self.put(data),
            _ => {}
        }
    }
}
