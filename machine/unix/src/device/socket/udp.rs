//! Datagrams.

use std::{cell::RefCell, net::SocketAddr, os::fd::OwnedFd};

use bytes::{Bytes, BytesMut};
use rustix::{
    io::Errno,
    net::{RecvFlags, SendFlags, SocketType, getsockname, recvfrom, sendto},
};
use sarab_device::{Udp, UdpPort};

use super::{Request, SocketError, SocketStack, bound, canonical};
use crate::device::reactor::{Source, Start};

/// The longest datagram (RFC 768, and no jumbograms).
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// UDP of the host.
#[derive(Clone)]
pub struct SocketUdp {
    pub(super) stack: SocketStack,
}

impl Udp for SocketUdp {
    type Error = SocketError;
    type Port = SocketUdpPort;

    async fn bind(&self, port: u16) -> Result<SocketUdpPort, SocketError> {
        let address = self.stack.address(port);
        let failed = Request::Listen(address).failed();
        let socket = bound(address, SocketType::DGRAM, |socket, address| {
            rustix::net::bind(socket, &address)
        });
        let socket = socket.map_err(failed)?;
        let bound_to = getsockname(&socket).and_then(SocketAddr::try_from).map_err(failed)?;
        let port = if port == 0 { bound_to.port() } else { port };
        let source = Source::new(socket, Start::Writable).map_err(failed)?;
        Ok(SocketUdpPort { source, port, is_ipv6: bound_to.is_ipv6(), inbox: RefCell::default() })
    }
}

/// An open UDP port of the host.
pub struct SocketUdpPort {
    source: Source<OwnedFd>,
    port: u16,
    is_ipv6: bool,
    inbox: RefCell<Inbox>,
}

impl UdpPort for SocketUdpPort {
    type Error = SocketError;

    fn port(&self) -> u16 {
        self.port
    }

    async fn send_to(&self, data: Bytes, remote: SocketAddr) -> Result<(), SocketError> {
        let address = self.address(remote);
        let send = |socket: &OwnedFd| sendto(socket, &data, SendFlags::NOSIGNAL, &address);
        self.source.write(send).await.map(drop).map_err(Request::Send(remote).failed())
    }

    async fn recv_from(&self) -> Result<(Bytes, SocketAddr), SocketError> {
        let receive = |socket: &OwnedFd| self.inbox.borrow_mut().receive(socket);
        self.source.read(receive).await.map_err(Request::Receive(self.port).failed())
    }
}

impl SocketUdpPort {
    /// Returns `remote` as the socket's family writes it (RFC 4291 §2.5.5.2).
    fn address(&self, remote: SocketAddr) -> SocketAddr {
        match remote {
            SocketAddr::V4(v4) if self.is_ipv6 => {
                SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
            }
            other => other,
        }
    }
}

/// Memory for datagrams: each is received into one place, and copied to where it takes no more room
/// than it needs. A piece that many small ones share costs one allocation, or none once they are
/// dropped.
struct Inbox {
    landing: Box<[u8]>,
    piece: BytesMut,
}

impl Default for Inbox {
    fn default() -> Self {
        let landing = vec![0; DATAGRAM_BYTES_MAX].into();
        Self { landing, piece: BytesMut::with_capacity(DATAGRAM_BYTES_MAX) }
    }
}

impl Inbox {
    fn receive(&mut self, socket: &OwnedFd) -> Result<(Bytes, SocketAddr), Errno> {
        let (size, _, sender) = recvfrom(socket, &mut *self.landing, RecvFlags::empty())?;
        let sender = sender.ok_or(Errno::ADDRNOTAVAIL)?;
        self.piece.extend_from_slice(&self.landing[..size]);
        Ok((self.piece.split().freeze(), canonical(SocketAddr::try_from(sender)?)))
    }
}
