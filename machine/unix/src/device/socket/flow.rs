//! One connection.

use std::{net::SocketAddr, os::fd::OwnedFd, time::Duration};

use embedded_io_async::{ErrorType, Read, Write};
use rustix::net::{RecvFlags, SendFlags, Shutdown, sockopt};
use sarab_device::Flow;

use super::{Request, SocketError};
use crate::device::reactor::Source;

/// A connection of the host.
///
/// `flush` waits for nothing: the host sends what it has taken. [`readable`](Flow::readable) goes
/// by the last event where it can, and may therefore be early when bytes come in while others are
/// read: the read after it then waits.
///
/// Dropping it unfinished resets it. Dropping it after [`finish`](Flow::finish) leaves it to the
/// host, which goes on sending what was written; but if bytes of the peer were not read, the host
/// resets it all the same, and the peer may lose the last bytes written (RFC 2525 §2.17).
pub struct SocketFlow {
    pub(super) source: Source<OwnedFd>,
    peer: SocketAddr,
    is_finished: bool,
}

impl SocketFlow {
    pub(super) fn new(source: Source<OwnedFd>, peer: SocketAddr) -> Self {
        Self { source, peer, is_finished: false }
    }
}

impl ErrorType for SocketFlow {
    type Error = SocketError;
}

impl Read for SocketFlow {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SocketError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let room = buffer.len();
        let read = |socket: &OwnedFd| {
            let (size, _) = rustix::net::recv(socket, &mut *buffer, RecvFlags::empty())?;
            Ok(size)
        };
        let size = self.source.read(read).await.map_err(Request::Read(self.peer).failed())?;
        if (1..room).contains(&size) {
            self.source.is_drained();
        }
        Ok(size)
    }
}

impl Write for SocketFlow {
    async fn write(&mut self, data: &[u8]) -> Result<usize, SocketError> {
        if data.is_empty() {
            return Ok(0);
        }
        let write = |socket: &OwnedFd| rustix::net::send(socket, data, SendFlags::NOSIGNAL);
        let size = self.source.write(write).await.map_err(Request::Write(self.peer).failed())?;
        if size < data.len() {
            self.source.is_full();
        }
        Ok(size)
    }

    async fn flush(&mut self) -> Result<(), SocketError> {
        Ok(())
    }
}

impl Flow for SocketFlow {
    fn peer(&self) -> SocketAddr {
        self.peer
    }

    async fn readable(&mut self) -> Result<(), SocketError> {
        let peek = |socket: &OwnedFd| {
            rustix::net::recv(socket, &mut [0; 1], RecvFlags::PEEK)?;
            Ok(())
        };
        match self.source.readable(peek).await {
            // An error is for the next read to tell.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn finish(&mut self) -> Result<(), SocketError> {
        let shut = rustix::net::shutdown(self.source.get(), Shutdown::Write);
        shut.map_err(Request::Write(self.peer).failed())?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for SocketFlow {
    fn drop(&mut self) {
        if !self.is_finished {
            // Closing alone would look like a good end to the peer.
            let _ = sockopt::set_socket_linger(self.source.get(), Some(Duration::ZERO));
        }
    }
}
