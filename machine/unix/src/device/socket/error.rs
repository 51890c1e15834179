//! What goes wrong with sockets.

use std::{fmt, net::SocketAddr};

use rustix::io::Errno;
use sarab_device::{Error, ErrorKind};

use crate::device::errno;

/// What goes wrong with a socket of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketError {
    /// What was asked.
    pub request: Request,
    /// Why it failed.
    pub cause: Errno,
}

/// What can be asked of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To connect to an address.
    Connect(SocketAddr),
    /// To listen, or to bind, at an address of the host.
    Listen(SocketAddr),
    /// To accept a connection on a port.
    Accept(u16),
    /// To read from a connection.
    Read(SocketAddr),
    /// To write to a connection.
    Write(SocketAddr),
    /// To send a datagram to an address.
    Send(SocketAddr),
    /// To receive a datagram on a port.
    Receive(u16),
}

impl Request {
    /// Returns how an error of the host becomes one of this request.
    pub(super) fn failed(self) -> impl Fn(Errno) -> SocketError + Copy {
        move |cause| SocketError { request: self, cause }
    }
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = errno::words(self.cause);
        match (self.request, self.cause) {
            (Request::Listen(at), Errno::ADDRINUSE) => write!(
                f,
                "port {0} of the host is taken; stop who listens there, or choose another with \
                 `--publish HOST:{0}`",
                at.port()
            ),
            (Request::Listen(at), Errno::ACCESS) => write!(
                f,
                "port {0} of the host is for root only; choose another with `--publish HOST:{0}`",
                at.port()
            ),
            (Request::Accept(port), Errno::MFILE | Errno::NFILE) => {
                write!(f, "cannot accept on port {port}: {cause}; raise the limit with `ulimit -n`")
            }
            (Request::Connect(at), _) => write!(f, "cannot connect to {at}: {cause}"),
            (Request::Listen(at), _) => write!(f, "cannot listen on {at}: {cause}"),
            (Request::Accept(port), _) => write!(f, "cannot accept on port {port}: {cause}"),
            (Request::Read(peer), _) => write!(f, "cannot read from {peer}: {cause}"),
            (Request::Write(peer), _) => write!(f, "cannot write to {peer}: {cause}"),
            (Request::Send(to), _) => write!(f, "cannot send to {to}: {cause}"),
            (Request::Receive(port), _) => write!(f, "cannot receive on port {port}: {cause}"),
        }
    }
}

impl std::error::Error for SocketError {}

impl Error for SocketError {
    fn kind(&self) -> ErrorKind {
        match (self.request, self.cause) {
            (Request::Connect(_), Errno::HOSTUNREACH | Errno::NETUNREACH) => ErrorKind::TimedOut,
            (_, cause) => errno::kind(cause),
        }
    }
}

impl embedded_io::Error for SocketError {
    fn kind(&self) -> embedded_io::ErrorKind {
        std::io::Error::from(self.cause).kind().into()
    }
}
