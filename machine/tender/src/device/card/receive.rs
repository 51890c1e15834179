//! Frames on their way in.
//!
//! The tender fills pieces of memory with frames, one behind the other. A frame that is handed on is a
//! part of its piece, and the memory of a piece is free again once all of its frames are dropped; so a
//! frame costs no allocation, and who keeps many small ones for long copies them.

use alloc::collections::VecDeque;
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Context, Poll},
};

use bytes::{BufMut, Bytes, BytesMut};
use sarab_abi::{Completion, Outcome, PIECE_BYTES_MIN, RECEIVE_FRAMES, Submission};
use sarab_device::Packet;

use crate::device::{
    boot::{address, boot},
    events::Events,
    queue::Queue,
    waiters::Waiters,
};

/// Pieces that are lent at a time.
const PIECES: u32 = 2;

/// The most bytes in a piece.
const PIECE_BYTES_MAX: usize = 256 * 1024;

/// The part of the heap that a piece may be.
const HEAP_PART: usize = 32;

/// Frames that may wait for the program before the host is lent no more memory, and drops what comes.
const FRAMES_MOST: usize = 1024;

/// The side of a card that receives.
pub(super) struct Receiver {
    queue: Queue,
    piece_bytes: usize,
    /// How packets are asked for. Before anybody asks, no memory is lent, and the host drops what comes.
    form: Cell<u32>,
    /// What was lent; the token is the index.
    pieces: RefCell<[Option<Piece>; PIECES as usize]>,
    /// Frames that nobody has asked for yet.
    packets: RefCell<VecDeque<Packet>>,
    waiting: Waiters,
}

impl Receiver {
    /// # Safety
    ///
    /// As for [`Queue::new`].
    pub(super) unsafe fn new(queue: u64, slots: u32) -> Self {
        let piece_bytes = (address(boot().heap_bytes) / HEAP_PART)
            .clamp(PIECE_BYTES_MIN as usize, PIECE_BYTES_MAX);
        Self {
            // SAFETY: by the contract of this function.
            queue: unsafe { Queue::new(queue, slots) },
            piece_bytes,
            form: Cell::new(u32::MAX),
            pieces: RefCell::default(),
            packets: RefCell::default(),
            waiting: Waiters::default(),
        }
    }

    /// Waits for the next packet, in the form `RECEIVE_*`.
    pub(super) async fn recv(&self, form: u32) -> Packet {
        if self.form.replace(form) != form {
            self.lend_again();
        }
        poll_fn(|context| self.poll(context)).await
    }

    /// Waits for the next frame of at most `frame_bytes_max`, finished.
    pub(super) async fn recv_frame(&self, frame_bytes_max: usize) -> Bytes {
        loop {
            let frame = self.recv(RECEIVE_FRAMES).await.into_frame();
            // A longer one has come before it was said how.
            if frame.len() <= frame_bytes_max {
                return frame;
            }
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Packet> {
        let packet = self.packets.borrow_mut().pop_front();
        if let Some(packet) = packet {
            self.lend_again();
            return Poll::Ready(packet);
        }
        self.waiting.add(context);
        Poll::Pending
    }

    /// Lends a fresh piece.
    fn lend(&self, token: u32) {
        let mut rest = BytesMut::with_capacity(self.piece_bytes);
        let submission = Submission {
            address: rest.as_mut_ptr().expose_provenance() as u64,
            size_bytes: u32::try_from(self.piece_bytes).unwrap_or(u32::MAX),
            token,
            request: self.form.get(),
            ..Submission::default()
        };
        if let Some(place) = self.pieces.borrow_mut().get_mut(token as usize) {
            *place = Some(Piece { rest, cut_bytes: 0 });
        }
        // SAFETY: there are more slots than pieces. The piece is kept, and only what the tender has
        // filled is cut off from it, until it is given back.
        unsafe { self.queue.submit(submission) };
    }

    /// Lends the pieces that were given back, unless too many frames wait already.
    fn lend_again(&self) {
        if self.packets.borrow().len() >= FRAMES_MOST {
            return;
        }
        for token in 0..PIECES {
            let is_back = self.pieces.borrow().get(token as usize).is_some_and(Option::is_none);
            if is_back {
                self.lend(token);
            }
        }
    }

    fn complete(&self, completion: &Completion) {
        let mut pieces = self.pieces.borrow_mut();
        let Some(place) = pieces.get_mut(completion.token as usize) else { return };
        let Some(piece) = place else { return };
        if Outcome::new(completion.outcome) == Outcome::Done {
            let data = piece.cut(completion);
            if let Some(packet) = data.and_then(|data| sarab_vnet::split(data).ok()) {
                self.packets.borrow_mut().push_back(packet);
            }
        } else {
            *place = None;
        }
    }
}

/// A piece of memory that is lent to the tender.
struct Piece {
    /// What was not cut off yet.
    rest: BytesMut,
    /// How much was.
    cut_bytes: usize,
}

impl Piece {
    /// Cuts off what was received.
    fn cut(&mut self, completion: &Completion) -> Option<Bytes> {
        let size = completion.size_bytes as usize;
        let lead = (completion.offset_bytes as usize).checked_sub(self.cut_bytes)?;
        if lead.checked_add(size)? > self.rest.capacity() {
            return None;
        }
        self.rest.put_bytes(0, lead);
        // SAFETY: the tender has written `size` bytes there, and they lie in what was lent.
        unsafe { self.rest.advance_mut(size) };
        self.cut_bytes += lead + size;
        let mut data = self.rest.split();
        Some(data.split_off(lead).freeze())
    }
}

impl Events for Receiver {
    fn deliver(&self) -> bool {
        let mut any = false;
        while let Some(completion) = self.queue.next() {
            self.complete(&completion);
            any = true;
        }
        if any {
            self.lend_again();
            self.waiting.wake();
        }
        any
    }
}
