//! How much of what was written has been sent.

use crate::packet::Segment;

/// Counts bytes in sequence numbers, which wrap (RFC 9293 section 3.4).
///
/// smoltcp does not tell what it has sent, only what has been acknowledged; the segments do.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The sequence number of the first byte, once the SYN has been sent.
    first: Option<u32>,
    /// The sequence number after the last byte sent.
    end: u32,
    /// Bytes written, and the FIN.
    written: u32,
}

impl Sent {
    /// Notes that `count` more sequence numbers are to be sent.
    pub(crate) fn wrote(&mut self, count: usize) {
        // A buffer has at most 1 GiB, so the lower 32 bits are all there is.
        self.written = self.written.wrapping_add(u32::try_from(count).unwrap_or(0));
    }

    /// Notes that `segment` was sent, perhaps not for the first time.
    pub(crate) fn note(&mut self, segment: Segment) {
        if self.first.is_none() {
            self.first = Some(segment.start.wrapping_add(1));
            self.end = segment.end;
        }
        if is_at_or_after(segment.end, self.end) {
            self.end = segment.end;
        }
    }

    /// Tells whether everything written has been sent.
    pub(crate) fn is_all(&self) -> bool {
        self.first.is_some_and(|first| is_at_or_after(self.end, first.wrapping_add(self.written)))
    }
}

/// Compares sequence numbers less than 2 GiB apart.
fn is_at_or_after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() >= 0
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, SocketAddr};

    use super::*;

    fn segment(start: u32, length: u32) -> Segment {
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let end = start.wrapping_add(length);
        Segment { source: nobody, target: nobody, opens: false, start, end, mss: None }
    }

    #[test]
    fn counts_across_the_end_of_the_sequence_numbers() {
        let mut sent = Sent::default();
        sent.note(segment(u32::MAX - 10, 1));
        assert!(sent.is_all());
        sent.wrote(30);
        assert!(!sent.is_all());
        sent.note(segment(u32::MAX - 9, 20));
        assert!(!sent.is_all());
        sent.note(segment(10, 10));
        assert!(sent.is_all());
    }

    #[test]
    fn sending_again_takes_nothing_back() {
        let mut sent = Sent::default();
        sent.note(segment(0, 1));
        sent.wrote(20);
        sent.note(segment(1, 20));
        sent.note(segment(1, 10));
        assert!(sent.is_all());
    }
}
