//! Reading ahead: who reads in a row, and how far.

use super::layout::{Layout, Limits};

/// Rows that are followed at once.
const STREAMS: usize = 4;

/// The rows that are being read.
pub(super) struct Streams {
    rows: [Stream; STREAMS],
    next: usize,
    page: u64,
    most: u64,
}

#[derive(Clone, Copy)]
struct Stream {
    /// The sector after the last that was read.
    end: u64,
    /// How far ahead was read last.
    window: u64,
}

impl Streams {
    pub(super) fn new(layout: Layout, limits: Limits) -> Self {
        let rows = [Stream { end: u64::MAX, window: 0 }; STREAMS];
        Self { rows, next: 0, page: layout.page_sectors, most: limits.ahead }
    }

    /// Notes a read of sectors from `first` to `end` and returns how far ahead of it to read, should
    /// it have to ask the disk: nothing the first time, then more each time that the row goes on.
    pub(super) fn note(&mut self, first: u64, end: u64) -> u64 {
        if let Some(stream) = self.rows.iter_mut().find(|stream| stream.end == first) {
            stream.end = end;
            return stream.window.max(end - first).min(self.most);
        }
        self.rows[self.next] = Stream { end, window: self.page };
        self.next = (self.next + 1) % STREAMS;
        0
    }

    /// Notes that what was read ahead of the row that ends at `end` was used up.
    pub(super) fn grow(&mut self, end: u64) {
        if let Some(stream) = self.rows.iter_mut().find(|stream| stream.end == end) {
            stream.window = (stream.window * 2).min(self.most);
        }
    }
}
