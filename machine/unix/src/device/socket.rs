//! The transport layer of the host: its own sockets.
//!
//! A connection or a port is one socket, watched by the reactor. Every operation is first tried,
//! unless the last one has shown that it would wait; so a request that arrives whole and is
//! answered whole costs one system call each way.
//!
//! Ports are ports of the host, unless `--publish` gives them another number there.

mod error;
mod flow;
mod tcp;
mod udp;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::OwnedFd,
    rc::Rc,
};

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketFlags, SocketType, sockopt},
};
use sarab_device::Stack;

pub use error::{Request, SocketError};
pub use flow::SocketFlow;
pub use tcp::{SocketListener, SocketTcp};
pub use udp::{SocketUdp, SocketUdpPort};

use crate::device::attach;

/// The host's own transport layer.
///
/// It does not say its [`addresses`](Stack::addresses): they are the host's, and may change.
#[derive(Clone, Default)]
pub struct SocketStack {
    published: Rc<BTreeMap<u16, SocketAddr>>,
}

impl SocketStack {
    /// Opens it, with the ports that `--publish` gives.
    #[expect(clippy::unused_async, reason = "a constructor of devices is async")]
    pub async fn open() -> Result<Self, Infallible> {
        Ok(Self::with(attach::installed().published().clone()))
    }

    /// Returns it with `published`: ports, and the addresses of the host that stand for them.
    #[must_use]
    pub fn with(published: BTreeMap<u16, SocketAddr>) -> Self {
        Self { published: Rc::new(published) }
    }

    fn address(&self, port: u16) -> SocketAddr {
        let everywhere = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
        self.published.get(&port).copied().unwrap_or(everywhere)
    }
}

impl Stack for SocketStack {
    type Tcp = SocketTcp;
    type Udp = SocketUdp;

    fn tcp(&self) -> SocketTcp {
        SocketTcp { stack: self.clone() }
    }

    fn udp(&self) -> SocketUdp {
        SocketUdp { stack: self.clone() }
    }

    fn addresses(&self) -> Vec<IpAddr> {
        Vec::new()
    }
}

/// Makes a socket that does not block, for the family of `address`.
fn socket(address: SocketAddr, of: SocketType) -> Result<OwnedFd, Errno> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    rustix::net::socket_with(family, of, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)
}

/// Makes a socket and lets `prepare` bind it to `address`.
///
/// The unspecified address of IPv6 means both families, and IPv4 alone on a host without IPv6.
fn bound(
    address: SocketAddr,
    of: SocketType,
    prepare: impl Fn(&OwnedFd, SocketAddr) -> Result<(), Errno>,
) -> Result<OwnedFd, Errno> {
    let bind = |address| {
        let socket = socket(address, of)?;
        if address.is_ipv6() {
            sockopt::set_ipv6_v6only(&socket, false)?;
        }
        prepare(&socket, address)?;
        Ok(socket)
    };
    match bind(address) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) if is_everywhere(address) => {
            bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
        }
        other => other,
    }
}

fn is_everywhere(address: SocketAddr) -> bool {
    address.ip() == Ipv6Addr::UNSPECIFIED
}

/// Returns the port of the host that `socket` is bound to.
fn port_of(socket: &OwnedFd) -> Result<u16, Errno> {
    let address = rustix::net::getsockname(socket)?;
    SocketAddr::try_from(address).map(|address| address.port())
}

/// Returns `address` with an IPv4 address that was written as one of IPv6 turned back.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
