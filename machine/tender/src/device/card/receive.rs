//! Frames on their way in.
//!
//! The tender fills pieces of memory with frames, one behind the other. A frame that is handed on is a
//! part of its piece, and the memory of a piece is free again once all of its frames are dropped; so a
//! frame costs no allocation, and who keeps many small ones for long copies them.

use core::cell::{Cell, RefCell};

use bytes::{BufMut, Bytes, BytesMut};
use sarab_abi::{Completion, Outcome, PIECE_BYTES_MIN, Submission};
use sarab_device::Packet;

use crate::device::{
    boot::{address, boot},
    queue::Queue,
};

/// Pieces that are lent at a time.
const PIECES: u32 = 2;

/// The most bytes in a piece.
const PIECE_BYTES_MAX: usize = 256 * 1024;

/// The part of the heap that a piece may be.
const HEAP_PART: usize = 32;

/// The side of a card that receives.
pub(super) struct Receiver {
    queue: Queue,
    piece_bytes: usize,
    /// What was lent; the token is the index.
    pieces: RefCell<[Option<Piece>; PIECES as usize]>,
    /// How many pieces are lent.
    lent: Cell<u32>,
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
            pieces: RefCell::default(),
            lent: Cell::new(0),
        }
    }

    /// Lends the pieces that are not lent, for frames in the form `RECEIVE_*`.
    pub(super) fn lend(&self, form: u32) {
        if self.lent.get() == PIECES {
            return;
        }
        for token in 0..PIECES {
            let is_back = self.pieces.borrow().get(token as usize).is_some_and(Option::is_none);
            if is_back {
                self.lend_piece(token, form);
            }
        }
    }

    /// Returns the next packet that has come.
    pub(super) fn next(&self) -> Option<Packet> {
        // What is given back, or is no packet, is passed over.
        core::iter::from_fn(|| self.queue.next()).find_map(|completion| self.complete(&completion))
    }

    /// Lends a fresh piece.
    fn lend_piece(&self, token: u32, form: u32) {
        let mut rest = BytesMut::with_capacity(self.piece_bytes);
        let submission = Submission {
            address: rest.as_mut_ptr().expose_provenance() as u64,
            size_bytes: u32::try_from(self.piece_bytes).unwrap_or(u32::MAX),
            token,
            request: form,
            ..Submission::default()
        };
        if let Some(place) = self.pieces.borrow_mut().get_mut(token as usize) {
            *place = Some(Piece { rest, cut_bytes: 0 });
            self.lent.update(|count| count + 1);
        }
        // SAFETY: there are more slots than pieces. The piece is kept, and only what the tender has
        // filled is cut off from it, until it is given back.
        unsafe { self.queue.submit(submission) };
    }

    fn complete(&self, completion: &Completion) -> Option<Packet> {
        let mut pieces = self.pieces.borrow_mut();
        let place = pieces.get_mut(completion.token as usize)?;
        let piece = place.as_mut()?;
        if Outcome::new(completion.outcome) == Outcome::Done {
            return sarab_vnet::split(piece.cut(completion)?).ok();
        }
        *place = None;
        self.lent.update(|count| count - 1);
        None
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
