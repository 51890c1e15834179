//! An open UDP port, as the program has it.

use core::{
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
};

use bytes::Bytes;
use sarab_device as device;
use smoltcp::socket::udp::UdpMetadata;

use crate::{
    UdpError,
    host::Host,
    runner::{Handle, moment},
};

/// Bytes before the data of a datagram (RFC 768).
const UDP_HEADER_BYTES: usize = 8;

/// Bytes before the datagram in a packet without options (RFC 791, RFC 8200).
const IPV4_HEADER_BYTES: usize = 20;
const IPV6_HEADER_BYTES: usize = 40;

/// An open UDP port.
///
/// A datagram to an IPv4 address may have 65,507 bytes; one to an IPv6 address must fit the card's
/// frames, since it is not fragmented (RFC 8200 section 4.5): 1,452 bytes on Ethernet. What comes
/// back by ICMP is ignored. Dropping it sends first what it has taken, as far as the card has room.
pub struct UdpPort {
    handle: Handle,
    number: u16,
}

impl UdpPort {
    pub(super) fn new(handle: Handle, number: u16) -> Self {
        Self { handle, number }
    }
}

impl device::UdpPort for UdpPort {
    type Error = UdpError;

    fn port(&self) -> u16 {
        self.number
    }

    async fn send_to(&self, data: Bytes, remote: SocketAddr) -> Result<(), UdpError> {
        let send = |cx: &mut Context<'_>| {
            self.handle.with(|host| host.poll_send(self.number, &data, remote, cx))
        };
        poll_fn(send).await
    }

    async fn recv_from(&self) -> Result<(Bytes, SocketAddr), UdpError> {
        poll_fn(|cx| self.handle.with(|host| host.poll_recv(self.number, cx))).await
    }
}

impl Drop for UdpPort {
    fn drop(&mut self) {
        self.handle.with(|host| host.close_port(self.number, moment()));
    }
}

impl Host {
    fn poll_send(
        &mut self,
        number: u16,
        data: &Bytes,
        remote: SocketAddr,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), UdpError>> {
        self.check_up()?;
        let (size, most) = (data.len(), self.longest(remote.ip()));
        if size > most {
            return Poll::Ready(Err(UdpError::TooLong { size, most }));
        }
        if remote.port() == 0 || remote.ip().is_unspecified() {
            return Poll::Ready(Err(UdpError::NotAHost(remote)));
        }
        let source = self.ip.routes().source(remote.ip());
        let source = source.ok_or(UdpError::Unreachable(remote))?;
        let Some(port) = self.udp.get_mut(number) else {
            return Poll::Ready(Err(UdpError::Down));
        };
        let meta = UdpMetadata { local_address: Some(source.into()), ..remote.into() };
        // Everything else that can be wrong has been ruled out: it is full.
        if port.socket.get_mut().send_slice(data, meta).is_err() {
            port.senders.add(cx.waker());
            return Poll::Pending;
        }
        self.wake_port(number);
        Poll::Ready(Ok(()))
    }

    fn poll_recv(
        &mut self,
        number: u16,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(Bytes, SocketAddr), UdpError>> {
        let Some(port) = self.udp.get_mut(number) else {
            return Poll::Ready(Err(UdpError::Down));
        };
        if let Ok((data, meta)) = port.socket.get_mut().recv() {
            return Poll::Ready(Ok((Bytes::copy_from_slice(data), meta.endpoint.into())));
        }
        port.receivers.add(cx.waker());
        self.check_up()?;
        Poll::Pending
    }

    /// Returns how many bytes a datagram to `address` can have.
    fn longest(&self, address: IpAddr) -> usize {
        match address {
            IpAddr::V4(_) => usize::from(u16::MAX) - IPV4_HEADER_BYTES - UDP_HEADER_BYTES,
            IpAddr::V6(_) => self.mtu - IPV6_HEADER_BYTES - UDP_HEADER_BYTES,
        }
    }
}
