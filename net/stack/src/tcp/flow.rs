//! The program's end of a connection.

use core::{
    future::poll_fn,
    net::SocketAddr,
    task::{Context, Poll},
};

use sarab_device as device;

use super::connection::Connection;
use crate::{Down, FlowError, TcpError, runner::Handle};

/// A TCP connection.
///
/// Dropped after [`finish`](device::Flow::finish), it goes on by itself until the peer has
/// everything and has ended its direction, for at most a minute after that; what the peer sends
/// then is answered by a reset (RFC 9293 section 3.6, SHLD-3).
pub struct Flow {
    handle: Handle,
    id: usize,
    peer: SocketAddr,
}

impl Flow {
    pub(super) fn new(handle: Handle, id: usize, peer: SocketAddr) -> Self {
        Self { handle, id, peer }
    }

    /// Waits until the connection stands.
    pub(super) async fn connected(&mut self) -> Result<(), TcpError> {
        poll_fn(|cx| self.look(|connection| connection.poll_connected(cx))).await
    }

    /// Asks the connection without changing it.
    fn look<R>(&self, f: impl FnOnce(&mut Connection) -> R) -> R {
        self.handle.with(|host| f(host.tcp.get_mut(self.id)))
    }

    /// Changes the connection, and has it looked after.
    fn touch<R>(&self, f: impl FnOnce(&mut Connection) -> R) -> R {
        self.handle.with(|host| {
            let result = f(host.tcp.get_mut(self.id));
            host.wake_connection(self.id);
            result
        })
    }

    /// Waits until everything written has been sent, and the card has taken it.
    async fn sent(&self) -> Result<(), FlowError> {
        poll_fn(|cx| self.look(|connection| connection.poll_sent(cx))).await?;
        let mark = self.handle.with(|host| host.ip.ethernet().outgoing.mark());
        let taken = |cx: &mut Context<'_>| {
            self.handle.with(|host| host.ip.ethernet().outgoing.poll_past(mark, cx))
        };
        poll_fn(taken).await;
        self.handle.with(|host| host.check_up()).map_err(|Down| FlowError::Down)
    }
}

impl embedded_io::ErrorType for Flow {
    type Error = FlowError;
}

impl device::Read for Flow {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, FlowError> {
        if buf.is_empty() {
            return Ok(0);
        }
        device::Flow::readable(self).await?;
        Ok(self.touch(|connection| connection.read(buf)))
    }
}

impl device::Write for Flow {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, FlowError> {
        let write =
            |cx: &mut Context<'_>| match self.look(|connection| connection.poll_write(buf, cx)) {
                Poll::Ready(result) => {
                    self.touch(|_| {});
                    Poll::Ready(result)
                }
                Poll::Pending => Poll::Pending,
            };
        poll_fn(write).await
    }

    async fn flush(&mut self) -> Result<(), FlowError> {
        self.sent().await
    }
}

impl device::Flow for Flow {
    fn peer(&self) -> SocketAddr {
        self.peer
    }

    async fn readable(&mut self) -> Result<(), FlowError> {
        poll_fn(|cx| self.look(|connection| connection.poll_readable(cx))).await
    }

    async fn finish(&mut self) -> Result<(), FlowError> {
        self.touch(Connection::finish);
        self.sent().await
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.handle.with(|host| host.release(self.id));
    }
}
