//! The content of a message as it arrives.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{fmt, pin::Pin, time::Duration};

use sarab_device::{Bytes, BytesMut, Flow};

use crate::{
    chunked::{Chunked, Step},
    framing::Framing,
    wire::{BODY_ROOM, HEAD_ROOM, Trouble, Wire},
};

/// The content of a message as it arrives, to be read once.
///
/// **Of a request.** What a handler leaves unread is passed over. A client that asked to be told
/// whether it should send the content at all (`Expect: 100-continue`, RFC 9110 §10.1.1) is told so
/// by the first read. Once a read has failed, the client gets the answer that goes with that failure
/// (400, 408 or 413) and the connection ends, whatever the handler returns.
///
/// **Of an answer.** Content that the server ends by closing the connection, as HTTP/1.0 has it, may
/// have been cut off there without a sign (RFC 9112 §8).
pub struct Body<'c> {
    source: Option<&'c mut dyn Source>,
    length: Option<u64>,
}

/// Where pieces of content come from; hides the flow from handlers.
pub(crate) trait Source {
    /// Waits for the next piece.
    fn next(&mut self) -> NextPiece<'_>;

    /// Notes that the content is not what it must be, for a reason that only its reader knows.
    fn fail(&mut self, error: &BodyError);
}

pub(crate) type NextPiece<'s> =
    Pin<Box<dyn Future<Output = Result<Option<Bytes>, BodyError>> + 's>>;

impl<'c> Body<'c> {
    pub(crate) const EMPTY: Self = Self { source: None, length: Some(0) };

    pub(crate) fn new(source: &'c mut dyn Source, length: Option<u64>) -> Self {
        Self { source: Some(source), length }
    }

    /// Returns the bytes in the whole content, where they were told ahead.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Waits for the next piece, of at least a byte; `None` at the end.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        match &mut self.source {
            Some(source) => source.next().await,
            None => Ok(None),
        }
    }

    /// Waits for the rest of the content, which must be at most `length_max` bytes.
    pub async fn bytes(&mut self, length_max: usize) -> Result<Bytes, BodyError> {
        let mut whole = Collected::new(length_max);
        while let Some(piece) = self.next().await? {
            whole.add(piece).map_err(|error| self.failed(error))?;
        }
        Ok(whole.finish())
    }

    /// Waits for the rest of the content as text (UTF-8), which must be at most `length_max` bytes.
    pub async fn text(&mut self, length_max: usize) -> Result<String, BodyError> {
        let bytes = self.bytes(length_max).await?;
        String::from_utf8(Vec::from(bytes))
            .map_err(|_| self.failed(BodyError::Malformed("not UTF-8")))
    }

    fn failed(&mut self, error: BodyError) -> BodyError {
        if let Some(source) = &mut self.source {
            source.fail(&error);
        }
        error
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Why the content of a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is longer than the limit of so many bytes.
    TooLarge(u64),
    /// It is not what it says it is.
    Malformed(&'static str),
    /// The peer took too long to send it.
    TimedOut,
    /// The connection ended before it did.
    Cut,
    /// The connection failed.
    Broken(String),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "the content is longer than {limit} bytes"),
            Self::Malformed(why) => write!(f, "the content is malformed: {why}"),
            Self::TimedOut => f.write_str("the peer took too long to send the content"),
            Self::Cut => f.write_str("the connection ended before the content did"),
            Self::Broken(error) => write!(f, "the connection failed: {error}"),
        }
    }
}

impl core::error::Error for BodyError {}

impl From<Trouble> for BodyError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ended => Self::Cut,
            Trouble::TimedOut => Self::TimedOut,
            Trouble::Broken(error) => Self::Broken(error),
        }
    }
}

/// Pieces on their way to be one; a single piece is not copied.
pub(crate) struct Collected {
    first: Bytes,
    whole: BytesMut,
    length_max: usize,
}

impl Collected {
    pub(crate) fn new(length_max: usize) -> Self {
        Self { first: Bytes::new(), whole: BytesMut::new(), length_max }
    }

    pub(crate) fn add(&mut self, piece: Bytes) -> Result<(), BodyError> {
        let length = self.whole.len().max(self.first.len());
        if piece.len() > self.length_max - length {
            return Err(BodyError::TooLarge(self.length_max as u64));
        }
        if length == 0 {
            self.first = piece;
            return Ok(());
        }
        if self.whole.is_empty() {
            self.whole.extend_from_slice(&self.first);
        }
        self.whole.extend_from_slice(&piece);
        Ok(())
    }

    pub(crate) fn finish(self) -> Bytes {
        if self.whole.is_empty() { self.first } else { self.whole.freeze() }
    }
}

/// Reads content off a wire: where its end is, and how much of it is allowed.
pub(crate) struct Reader {
    left: Left,
    length_max: u64,
    allowed: u64,
    patience: Duration,
}

enum Left {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Nothing,
}

impl Reader {
    /// Reads content of at most `length_max` bytes; the peer may be waited for `patience` in all.
    pub(crate) fn new(framing: Framing, length_max: u64, patience: Duration) -> Self {
        let left = match framing {
            Framing::Length(length) => Left::Length(length),
            Framing::Chunked => Left::Chunked(Chunked::Size),
            Framing::UntilClose => Left::UntilClose,
        };
        Self { left, length_max, allowed: length_max, patience }
    }

    /// Waits for the next piece, of at least a byte; `None` at the end.
    pub(crate) async fn next<F: Flow>(
        &mut self,
        wire: &mut Wire<F>,
    ) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.step(&mut wire.input)? {
                Step::Data(piece) => return Ok(Some(piece)),
                Step::End => return Ok(None),
                Step::More => match wire.fill(self.room(), &mut self.patience).await {
                    Err(Trouble::Ended) if matches!(self.left, Left::UntilClose) => {
                        self.left = Left::Nothing;
                    }
                    result => result?,
                },
            }
        }
    }

    /// Takes a piece from what is at hand.
    pub(crate) fn step(&mut self, input: &mut BytesMut) -> Result<Step, BodyError> {
        let step = match &mut self.left {
            Left::Nothing | Left::Length(0) => Step::End,
            Left::Length(left) => {
                let count = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= count as u64;
                piece(input, count)
            }
            Left::Chunked(chunked) => chunked.step(input).map_err(BodyError::Malformed)?,
            Left::UntilClose => piece(input, input.len()),
        };
        if let Step::Data(data) = &step {
            let left = self.allowed.checked_sub(data.len() as u64);
            self.allowed = left.ok_or(BodyError::TooLarge(self.length_max))?;
        }
        Ok(step)
    }

    /// Returns how much to read at once: what is missing, and the head that may follow it.
    fn room(&self) -> usize {
        match self.left {
            Left::Length(left) => {
                BODY_ROOM.min(usize::try_from(left).unwrap_or(BODY_ROOM).saturating_add(HEAD_ROOM))
            }
            _ => BODY_ROOM,
        }
    }
}

fn piece(input: &mut BytesMut, count: usize) -> Step {
    if count == 0 { Step::More } else { Step::Data(input.split_to(count).freeze()) }
}
