//! Open ports of the host, and where they lead.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::{
    io::Errno,
    net::{self, AddressFamily, SocketFlags, SocketType, sockopt},
};
use sarab_runtime::{Failure, Status};

use crate::publish::Publish;

/// Connections that may wait to be accepted. The host may allow fewer (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;

/// An open port of the host, and the address in the private network that it leads to.
pub(crate) struct Door {
    /// Where connections come in.
    pub(crate) tcp: OwnedFd,
    /// Where datagrams come in; a debugger has none.
    pub(crate) udp: Option<OwnedFd>,
    /// Where they go.
    pub(crate) to: SocketAddrV4,
}

impl Door {
    /// Opens the port that `publish` names, for TCP and for UDP, in the namespace of the caller.
    pub(crate) fn open(publish: Publish, guest: Ipv4Addr) -> Result<Self, Failure> {
        let Publish { host, guest: port } = publish;
        let failed = |cause| refuse(host, port, cause);
        let tcp = bound(host, SocketType::STREAM).map_err(failed)?;
        let udp = bound(host, SocketType::DGRAM).map_err(failed)?;
        Ok(Self { tcp, udp: Some(udp), to: SocketAddrV4::new(guest, port) })
    }

    /// Opens `port` of the loopback device, or any port for 0, to lead to the same port of the
    /// loopback device of the private network.
    pub(crate) fn loopback(port: u16) -> Result<Self, Errno> {
        let here = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let tcp = bound(here, SocketType::STREAM)?;
        let port = SocketAddr::try_from(net::getsockname(&tcp)?)?.port();
        Ok(Self { tcp, udp: None, to: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port) })
    }
}

/// Every address is that of both families where the host has both, as for the target `unix`.
fn bound(address: SocketAddr, of: SocketType) -> Result<OwnedFd, Errno> {
    match bound_exactly(address, of) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) if address.ip().is_unspecified() => {
            let ipv4 = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
            bound_exactly(ipv4, of)
        }
        other => other,
    }
}

fn bound_exactly(address: SocketAddr, of: SocketType) -> Result<OwnedFd, Errno> {
    let family = if address.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
    let socket = net::socket_with(family, of, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    if of == SocketType::STREAM {
        sockopt::set_socket_reuseaddr(&socket, true)?;
        // Accepted sockets inherit both. A client that is gone without a word is found out here,
        // because the guest sees this host only.
        sockopt::set_tcp_nodelay(&socket, true)?;
        sockopt::set_socket_keepalive(&socket, true)?;
    }
    net::bind(&socket, &address)?;
    if of == SocketType::STREAM {
        net::listen(&socket, BACKLOG)?;
    }
    Ok(socket)
}

fn refuse(host: SocketAddr, guest: u16, cause: Errno) -> Failure {
    let port = host.port();
    let text = match cause {
        Errno::ADDRINUSE => format!(
            "port {port} of the host is taken; stop who listens there, or choose another with \
             `--publish HOST:{guest}`"
        ),
        Errno::ACCESS => format!(
            "port {port} of the host is for root only; choose another with `--publish HOST:{guest}`"
        ),
        _ => format!("cannot listen on {host}: {}", std::io::Error::from(cause)),
    };
    Failure::new(text).with_status(Status::UNAVAILABLE)
}
