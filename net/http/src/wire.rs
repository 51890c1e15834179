//! A flow with the bytes that were read ahead and those that wait to be written.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::{cell::RefCell, fmt, mem, time::Duration};

use embassy_futures::select::{Either, select};
use sarab_device::{BytesMut, Flow};
use sarab_runtime::{now, sleep_until, timeout};

/// Room for a head: most fit, and what is read with them is the start of the content.
pub(crate) const HEAD_ROOM: usize = 4096;

/// Room for content.
pub(crate) const BODY_ROOM: usize = 16 * 1024;

/// From so many waiting bytes on, more are not gathered but written: a copy would cost more than
/// the write that it saves.
pub(crate) const GATHER_MAX: usize = 32 * 1024;

/// A flow with its buffers.
pub(crate) struct Wire<F> {
    pub(crate) flow: F,
    /// What was read and not used yet.
    pub(crate) input: BytesMut,
    /// What is to be written before anything is waited for.
    pub(crate) output: BytesMut,
    /// How long the peer may take nothing of what is written.
    stall: Duration,
}

/// Why a connection cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The peer has ended its direction.
    Ended,
    /// The peer took too long.
    TimedOut,
    /// The flow failed.
    Broken(String),
}

impl<F: Flow> Wire<F> {
    pub(crate) fn new(flow: F, stall: Duration) -> Self {
        Self { flow, input: BytesMut::new(), output: BytesMut::new(), stall }
    }

    /// Waits for the first bytes, without any buffer: they lie in `spare` meanwhile. Needs both to be
    /// empty. The time it took is taken from `patience`.
    ///
    /// Dropping the future loses no byte.
    pub(crate) async fn idle(
        &mut self,
        patience: &mut Duration,
        spare: &Spare,
    ) -> Result<(), Trouble> {
        spare.put(mem::take(&mut self.input));
        spare.put(mem::take(&mut self.output));
        let first = async {
            self.flow.readable().await.map_err(broken)?;
            self.input = spare.take();
            self.output = spare.take();
            self.read(HEAD_ROOM).await
        };
        within(patience, first).await
    }

    /// Reads at least a byte and at most `room` into `input`, within `patience`, from which the
    /// time it took is taken.
    pub(crate) async fn fill(
        &mut self,
        room: usize,
        patience: &mut Duration,
    ) -> Result<(), Trouble> {
        within(patience, self.read(room)).await
    }

    async fn read(&mut self, room: usize) -> Result<(), Trouble> {
        let mut place = Place::open(&mut self.input, room);
        let count = self.flow.read(place.free()).await.map_err(broken)?;
        place.filled += count;
        if count == 0 { Err(Trouble::Ended) } else { Ok(()) }
    }

    /// Writes all that waits. Dropping the future leaves what was not written yet.
    pub(crate) async fn send(&mut self) -> Result<(), Trouble> {
        while !self.output.is_empty() {
            let count = write(&mut self.flow, &self.output, self.stall).await?;
            if count == self.output.len() {
                self.output.clear();
            } else {
                let _written = self.output.split_to(count);
            }
        }
        Ok(())
    }

    /// Passes over empty lines before a request (RFC 9112 §2.2).
    pub(crate) fn skip_empty_lines(&mut self) {
        while self.input.starts_with(b"\r\n") {
            let _line = self.input.split_to(2);
        }
    }

    /// Ends this direction after all that waits, and passes over what the peer still sends, for
    /// `linger` at most: a reset because of it could overtake what was written (RFC 9112 §9.6).
    pub(crate) async fn finish(&mut self, mut linger: Duration) -> Result<(), Trouble> {
        self.send().await?;
        match timeout(self.stall, self.flow.finish()).await {
            Ok(result) => result.map_err(broken)?,
            Err(_) => return Err(Trouble::TimedOut),
        }
        while !linger.is_zero() {
            self.input.clear();
            if self.fill(HEAD_ROOM, &mut linger).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Writes all that waits and then `bytes`; small ones, or none, only join those that wait, up to
    /// [`GATHER_MAX`].
    pub(crate) async fn put(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        if self.output.len() + bytes.len() <= GATHER_MAX {
            self.output.extend_from_slice(bytes);
            return Ok(());
        }
        self.send().await?;
        let mut left = bytes;
        while !left.is_empty() {
            let count = write(&mut self.flow, left, self.stall).await?;
            left = &left[count..];
        }
        Ok(())
    }
}

/// Buffers for whichever connection is next to need them.
#[derive(Default)]
pub(crate) struct Spare(RefCell<Vec<BytesMut>>);

impl Spare {
    const COUNT_MAX: usize = 64;

    fn put(&self, mut buffer: BytesMut) {
        let mut spare = self.0.borrow_mut();
        if spare.len() < Self::COUNT_MAX {
            buffer.clear();
            buffer.reserve(HEAD_ROOM); // gets back what was split off, unless somebody has it still
            if buffer.capacity() <= GATHER_MAX {
                spare.push(buffer);
            }
        }
    }

    fn take(&self) -> BytesMut {
        self.0.borrow_mut().pop().unwrap_or_default()
    }
}

/// Writes some of `bytes`, which are not none; returns how many.
async fn write(flow: &mut impl Flow, bytes: &[u8], stall: Duration) -> Result<usize, Trouble> {
    match timeout(stall, flow.write(bytes)).await {
        Ok(Ok(0)) => Err(Trouble::Ended),
        Ok(Ok(count)) => Ok(count.min(bytes.len())),
        Ok(Err(error)) => Err(broken(error)),
        Err(_) => Err(Trouble::TimedOut),
    }
}

/// Waits for `reading` within `patience`, from which the time it took is taken.
async fn within(
    patience: &mut Duration,
    reading: impl Future<Output = Result<(), Trouble>>,
) -> Result<(), Trouble> {
    let deadline = now() + *patience;
    let result = select(reading, sleep_until(deadline)).await;
    *patience = deadline - now();
    match result {
        Either::First(result) => result,
        Either::Second(()) => Err(Trouble::TimedOut),
    }
}

fn broken(error: impl fmt::Display) -> Trouble {
    Trouble::Broken(error.to_string())
}

/// Room behind the bytes of a buffer that is given back when the read ends, or is given up.
struct Place<'b> {
    buffer: &'b mut BytesMut,
    filled: usize,
}

impl<'b> Place<'b> {
    fn open(buffer: &'b mut BytesMut, room: usize) -> Self {
        let filled = buffer.len();
        buffer.resize(filled + room, 0);
        Self { buffer, filled }
    }

    fn free(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.buffer.truncate(self.filled);
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the peer has ended the connection"),
            Self::TimedOut => f.write_str("the peer took too long"),
            Self::Broken(error) => f.write_str(error),
        }
    }
}
