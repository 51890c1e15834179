//! Byte streams between two ends, and where they come from.

use core::net::SocketAddr;

pub use embedded_io_async::{Read, Write};

use crate::Error;

/// A byte stream in both directions, such as a TCP connection.
///
/// Reading and writing are those of [`embedded_io_async`], with these promises besides.
///
/// **Waiting.** `read` waits until a byte is there and returns what there is, at most the buffer;
/// 0 means that the peer has ended its direction (for a buffer that is not empty). `write` waits
/// until there is room for a byte and returns how many it took; those are sent without a `flush`.
/// `flush` waits until the peer's machine has been sent everything, not until it has acknowledged
/// it.
///
/// **Cancellation.** Dropping the future of a `read` loses no byte; dropping that of a `write` has
/// written none or as many as it would have returned.
///
/// **End.** Dropping a flow without [`finish`](Flow::finish) resets it (RFC 9293 §3.5.3), and
/// bytes on their way may be lost.
pub trait Flow: Read + Write {
    /// Returns the address of the other end.
    fn peer(&self) -> SocketAddr;

    /// Waits until there is something to read, and holds no buffer while it waits.
    ///
    /// Ready also where the next `read` would return 0 or an error. With ten thousand idle
    /// connections this is what keeps their memory to the bookkeeping.
    async fn readable(&mut self) -> Result<(), Self::Error>;

    /// Sends what was written and then the end of this direction (RFC 9293 §3.6); the other stays
    /// readable. After it `write` fails.
    async fn finish(&mut self) -> Result<(), Self::Error>;
}

/// Accepts connections on one port.
pub trait Listener {
    /// What goes wrong with it.
    type Error: Error;
    /// An accepted connection.
    type Flow: Flow + 'static;

    /// Returns the port that it listens on; where port 0 was asked for, the one that was chosen.
    fn port(&self) -> u16;

    /// Waits for the next connection. Dropping the future loses none.
    ///
    /// A connection that failed before it was accepted is passed over. An error means that none
    /// can be accepted now (too many open, say); it is worth trying again after a pause.
    async fn accept(&self) -> Result<Self::Flow, Self::Error>;
}
