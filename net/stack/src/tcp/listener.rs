//! A port that waits for connections.

use core::{
    future::poll_fn,
    net::SocketAddr,
    task::{Context, Poll},
};

use sarab_device as device;
use smoltcp::socket::tcp::State;

use super::{Flow, connection::Stage};
use crate::{Down, host::Host, runner::Handle};

/// An open TCP port.
///
/// It takes [`backlog`](crate::Config::backlog) connections that wait to be accepted. What arrives
/// beyond that is not answered, so that the peer tries again.
pub struct Listener {
    handle: Handle,
    port: u16,
}

impl Listener {
    pub(super) fn new(handle: Handle, port: u16) -> Self {
        Self { handle, port }
    }
}

impl device::Listener for Listener {
    type Error = Down;
    type Flow = Flow;

    fn port(&self) -> u16 {
        self.port
    }

    async fn accept(&self) -> Result<Flow, Down> {
        let accept =
            |cx: &mut Context<'_>| self.handle.with(|host| host.poll_accept(self.port, cx));
        let (id, peer) = poll_fn(accept).await?;
        Ok(Flow::new(self.handle.clone(), id, peer))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.with(|host| host.close_listener(self.port));
    }
}

impl Host {
    fn poll_accept(
        &mut self,
        port: u16,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(usize, SocketAddr), Down>> {
        self.check_up()?;
        let Some(queue) = self.tcp.queue(port) else { return Poll::Ready(Err(Down)) };
        let Some(id) = queue.pop() else {
            queue.wait(cx.waker());
            return Poll::Pending;
        };
        let connection = self.tcp.get_mut(id);
        if connection.state() == State::Closed {
            self.release(id);
            return self.poll_accept(port, cx);
        }
        connection.stage = Stage::Held;
        Poll::Ready(Ok((id, connection.ends.remote)))
    }
}
