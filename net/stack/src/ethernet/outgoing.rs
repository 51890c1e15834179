//! Frames on their way to the card.

use alloc::collections::VecDeque;
use core::task::{Context, Poll};

use sarab_device::Packet;

use crate::wake::Waiters;

/// Frames between two looks at who waits for the card.
const STRIDE: u64 = 64;

/// Frames that wait at most. Sockets hold back long before, so the rest are answers, and those of a
/// flood are dropped here.
const WAITING_MOST: usize = 1024;

/// The frames that wait for the card, first to last, and how many it has taken.
#[derive(Default)]
pub(crate) struct Outgoing {
    waiting: VecDeque<Packet>,
    waiting_bytes: usize,
    /// Frames that were put in, since the beginning.
    pushed: u64,
    /// Frames that the card has taken, since the beginning.
    sent: u64,
    flushers: Waiters,
}

impl Outgoing {
    /// Puts a frame in line, unless the line is too long.
    pub(crate) fn push(&mut self, packet: Packet) {
        if self.waiting.len() >= WAITING_MOST {
            return;
        }
        self.waiting_bytes += packet.frame.len();
        self.waiting.push_back(packet);
        self.pushed += 1;
    }

    /// Takes the next frame; [`Outgoing::sent`] is to tell when the card has it.
    pub(crate) fn pop(&mut self) -> Option<Packet> {
        let packet = self.waiting.pop_front()?;
        self.waiting_bytes -= packet.frame.len();
        Some(packet)
    }

    /// Notes that the card is done with a frame.
    pub(crate) fn sent(&mut self) {
        self.sent += 1;
        if self.waiting.is_empty() || self.sent.is_multiple_of(STRIDE) {
            self.flushers.wake();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns how many bytes the frames have together.
    pub(crate) fn size_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Returns what to wait for until all frames that are here now are gone.
    pub(crate) fn mark(&self) -> u64 {
        self.pushed
    }

    /// Waits until the card has taken all frames before `mark`.
    pub(crate) fn poll_past(&mut self, mark: u64, cx: &mut Context<'_>) -> Poll<()> {
        if self.sent >= mark {
            return Poll::Ready(());
        }
        self.flushers.add(cx.waker());
        Poll::Pending
    }

    /// Drops all frames, since the card has gone away.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.sent = self.pushed;
        self.flushers.wake();
    }
}
