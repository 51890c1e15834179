//! Connections.

use std::{net::SocketAddr, os::fd::OwnedFd};

use rustix::{
    io::Errno,
    net::{SocketFlags, SocketType, acceptfrom_with, sockopt},
};
use sarab_device::{Listener, Tcp};

use super::{Request, SocketError, SocketFlow, SocketStack, bound, canonical, port_of, socket};
use crate::device::reactor::{Source, Start};

/// Connections that may wait to be accepted. The host may allow fewer (`net.core.somaxconn`).
const BACKLOG: i32 = 1024;

/// TCP of the host.
///
/// [`TCP_NODELAY`](sockopt::set_tcp_nodelay) is on for every connection.
#[derive(Clone)]
pub struct SocketTcp {
    pub(super) stack: SocketStack,
}

impl Tcp for SocketTcp {
    type Error = SocketError;
    type Flow = SocketFlow;
    type Listener = SocketListener;

    async fn connect(&self, remote: SocketAddr) -> Result<SocketFlow, SocketError> {
        let failed = Request::Connect(remote).failed();
        let socket = socket(remote, SocketType::STREAM).map_err(failed)?;
        sockopt::set_tcp_nodelay(&socket, true).map_err(failed)?;
        match rustix::net::connect(&socket, &remote) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(cause) => return Err(failed(cause)),
        }
        // The event that says "writable" is the end of the attempt, good or bad.
        let source = Source::new(socket, Start::Unknown).map_err(failed)?;
        source.writable().await;
        sockopt::socket_error(source.get()).and_then(|outcome| outcome).map_err(failed)?;
        Ok(SocketFlow::new(source, remote))
    }

    async fn listen(&self, port: u16) -> Result<SocketListener, SocketError> {
        let address = self.stack.address(port);
        let failed = Request::Listen(address).failed();
        let socket = bound(address, SocketType::STREAM, |socket, address| {
            sockopt::set_socket_reuseaddr(socket, true)?;
            sockopt::set_tcp_nodelay(socket, true)?; // accepted sockets inherit it
            rustix::net::bind(socket, &address)?;
            rustix::net::listen(socket, BACKLOG)
        });
        let socket = socket.map_err(failed)?;
        let port = match port {
            0 => port_of(&socket).map_err(failed)?,
            chosen => chosen,
        };
        let source = Source::new(socket, Start::Unknown).map_err(failed)?;
        Ok(SocketListener { source, port })
    }
}

/// Accepts connections on one port of the host.
///
/// One event suffices for all connections that have come: they are taken one by one until there is
/// none left.
pub struct SocketListener {
    source: Source<OwnedFd>,
    port: u16,
}

impl Listener for SocketListener {
    type Error = SocketError;
    type Flow = SocketFlow;

    fn port(&self) -> u16 {
        self.port
    }

    async fn accept(&self) -> Result<SocketFlow, SocketError> {
        let failed = Request::Accept(self.port).failed();
        let (socket, peer) = self.source.read(accept).await.map_err(failed)?;
        let source = Source::new(socket, Start::Writable).map_err(failed)?;
        Ok(SocketFlow::new(source, peer))
    }
}

fn accept(listening: &OwnedFd) -> Result<(OwnedFd, SocketAddr), Errno> {
    loop {
        match acceptfrom_with(listening, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
            Ok((socket, Some(peer))) => {
                return Ok((socket, canonical(SocketAddr::try_from(peer)?)));
            }
            Ok((_, None)) => {}
            Err(error) if has_failed_before(error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Returns whether `error` is that of a connection that failed before it was accepted.
fn has_failed_before(error: Errno) -> bool {
    matches!(
        error,
        Errno::CONNABORTED
            | Errno::PROTO
            | Errno::NOPROTOOPT
            | Errno::HOSTDOWN
            | Errno::HOSTUNREACH
            | Errno::NETDOWN
            | Errno::NETUNREACH
            | Errno::NONET
            | Errno::PERM
    )
}
