//! A network card: a tap of the host.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
};

use sarab_abi::{Completion, Outcome, PIECE_BYTES_MIN, RECEIVE_PACKETS, Submission};
use sarab_tap::{Receive, Tap};

use crate::{
    layout::SLOTS,
    memory::Memory,
    poll::Look,
    queue::{Queue, Violation},
};

/// Bytes of the header before a frame, on the tap and in the queues alike (virtio 1.2 section 5.1.6).
const HEADER_BYTES: usize = 10;

/// Frames start at multiples of this in a piece.
const ALIGNMENT: u32 = 16;

/// Frames that are received before the guest sees them.
const BURST: usize = 256;

/// What carries frames: whole, each behind its header, without waiting.
pub trait Wire: AsFd {
    /// Chooses the form of what is received.
    fn receive_as(&self, form: Receive) -> io::Result<()>;
}

impl Wire for Tap {
    fn receive_as(&self, form: Receive) -> io::Result<()> {
        self.set_receive(form)
    }
}

/// A network card.
pub(crate) struct Card {
    pub(crate) name: &'static str,
    wire: Box<dyn Wire>,
    form: u32,
    transmit: Queue,
    receive: Queue,
    piece: Option<Piece>,
    /// Whether the host may have frames for the guest.
    pub(crate) may_receive: bool,
    /// Whether frames of the guest wait for room on the host.
    is_full: bool,
    /// Whether the host has taken the tap away, so that nothing comes any more.
    is_gone: bool,
}

/// The piece of memory that is filled now.
#[derive(Clone, Copy)]
struct Piece {
    address: u64,
    size_bytes: u32,
    token: u32,
    used_bytes: u32,
}

impl Card {
    pub(crate) fn new(
        name: &'static str,
        wire: Box<dyn Wire>,
        transmit: Queue,
        receive: Queue,
    ) -> Self {
        Self {
            name,
            wire,
            form: RECEIVE_PACKETS,
            transmit,
            receive,
            piece: None,
            may_receive: true,
            is_full: false,
            is_gone: false,
        }
    }

    /// Returns the descriptor that tells when there is something to do.
    pub(crate) fn descriptor(&self) -> i32 {
        self.wire.as_fd().as_raw_fd()
    }

    /// Returns what the card waits for. One whose guest has lent no memory would end each wait at once.
    pub(crate) fn looks_for(&self) -> Look {
        match (self.is_gone, self.is_full, self.piece.is_some()) {
            (true, _, _) | (_, false, false) => Look::Nothing,
            (_, true, _) => Look::FramesAndRoom,
            (_, false, true) => Look::Frames,
        }
    }

    /// Puts the form of frames back to what the next user of the tap expects.
    pub(crate) fn leave(&self) {
        let _ = self.wire.receive_as(Receive::Frames);
    }

    /// Sends what was submitted, as far as the host has room; tells whether there is room in a queue that
    /// was full, for which somebody may wait.
    pub(crate) fn transmit(&mut self, memory: &Memory) -> Result<bool, Violation> {
        self.is_full = false;
        let waiting = self.transmit.waiting(memory)?;
        for count in 0..waiting {
            let submission = self.transmit.peek(memory)?;
            let size = submission.size_bytes;
            let frame = memory.readable(submission.address, size.into());
            let frame = frame.ok_or(Violation::Address)?;
            if !self.send(&submission, frame) {
                self.is_full = true;
                return Ok(count > 0 && waiting == SLOTS);
            }
            self.transmit.take(memory)?;
        }
        Ok(waiting == SLOTS)
    }

    /// Sends a frame; tells whether the host had room for it. One that the host does not like is lost, as
    /// on a wire.
    fn send(&self, submission: &Submission, frame: *const u8) -> bool {
        let parts = [
            libc::iovec {
                iov_base: submission.header.as_ptr().cast_mut().cast(),
                iov_len: HEADER_BYTES,
            },
            libc::iovec {
                iov_base: frame.cast_mut().cast(),
                iov_len: submission.size_bytes as usize,
            },
        ];
        // SAFETY: the kernel reads a header of our own and the frame, which lies in guest memory.
        let sent = unsafe { libc::writev(self.descriptor(), parts.as_ptr(), 2) };
        sent >= 0 || !is_busy()
    }

    /// Receives what has come, as far as the guest has lent memory; tells whether anything was.
    pub(crate) fn receive(&mut self, memory: &Memory) -> Result<bool, Violation> {
        let mut any = false;
        for _ in 0..BURST {
            // One completion for a frame, and one for giving a piece back.
            if self.receive.room(memory)? < 2 || !self.lend(memory)? {
                break;
            }
            let Some(piece) = self.piece.as_mut() else { break };
            let start = piece.used_bytes;
            let room = piece.size_bytes - start;
            let at = memory.writable(piece.address + u64::from(start), room.into());
            let at = at.ok_or(Violation::Address)?;
            // SAFETY: the kernel writes at most `room` bytes, which lie in guest memory.
            let got =
                unsafe { libc::read(self.wire.as_fd().as_raw_fd(), at.cast(), room as usize) };
            let Ok(size_bytes) = u32::try_from(got) else {
                self.may_receive = false;
                self.is_gone = !is_busy();
                break;
            };
            let token = piece.token;
            piece.used_bytes =
                start.saturating_add(size_bytes).div_ceil(ALIGNMENT).saturating_mul(ALIGNMENT);
            let completion = Completion {
                token,
                size_bytes,
                offset_bytes: start,
                outcome: Outcome::Done as u32,
            };
            self.receive.complete(memory, &completion)?;
            any = true;
        }
        Ok(any)
    }

    /// Makes sure that there is a piece that the next frame fits; tells whether there is.
    fn lend(&mut self, memory: &Memory) -> Result<bool, Violation> {
        if let Some(piece) = self.piece {
            if piece.size_bytes.saturating_sub(piece.used_bytes) >= PIECE_BYTES_MIN {
                return Ok(true);
            }
            let outcome = Outcome::GivenBack as u32;
            let completion = Completion { token: piece.token, outcome, ..Completion::default() };
            self.receive.complete(memory, &completion)?;
            self.piece = None;
        }
        if self.receive.waiting(memory)? == 0 {
            return Ok(false);
        }
        let Submission { address, size_bytes, token, request, .. } = self.receive.peek(memory)?;
        self.receive.take(memory)?;
        if size_bytes < PIECE_BYTES_MIN {
            return Err(Violation::Piece);
        }
        memory.writable(address, size_bytes.into()).ok_or(Violation::Address)?;
        if request != self.form {
            let is_raw = request == RECEIVE_PACKETS;
            let form = if is_raw { Receive::Packets } else { Receive::Frames };
            // Where the host refuses, frames come as before, and the guest drops what it cannot use.
            let _ = self.wire.receive_as(form);
            self.form = request;
        }
        self.piece = Some(Piece { address, size_bytes, token, used_bytes: 0 });
        Ok(true)
    }
}

/// Tells whether the last system call failed because it would have had to wait.
fn is_busy() -> bool {
    matches!(std::io::Error::last_os_error().raw_os_error(), Some(libc::EAGAIN | libc::EINTR))
}
