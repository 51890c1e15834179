//! The transport layer: TCP connections and UDP ports of one host.

use core::net::{IpAddr, SocketAddr};

use alloc::vec::Vec;
use bytes::Bytes;

use crate::{Error, Flow, Listener};

/// TCP of one host (RFC 9293).
pub trait Tcp {
    /// What goes wrong with it.
    type Error: Error;
    /// A connection.
    type Flow: Flow + 'static;
    /// An open port.
    type Listener: Listener<Flow = Self::Flow> + 'static;

    /// Connects to `remote`; waits until the connection stands.
    ///
    /// Fails with [`Refused`](crate::ErrorKind::Refused) where nobody listens and with
    /// [`TimedOut`](crate::ErrorKind::TimedOut) where nobody answers. Dropping the future gives the
    /// attempt up.
    async fn connect(&self, remote: SocketAddr) -> Result<Self::Flow, Self::Error>;

    /// Listens on `port` of every address of the host; port 0 chooses a free one.
    ///
    /// Fails with [`InUse`](crate::ErrorKind::InUse) if somebody listens there. Connections that
    /// arrive wait to be accepted, up to a limit of the implementation. Dropping the listener
    /// closes the port and resets those that still wait.
    async fn listen(&self, port: u16) -> Result<Self::Listener, Self::Error>;
}

/// UDP of one host (RFC 768).
pub trait Udp {
    /// What goes wrong with it.
    type Error: Error;
    /// An open port.
    type Port: UdpPort + 'static;

    /// Opens `port` on every address of the host; port 0 chooses a free one. Dropping it closes it.
    ///
    /// Fails with [`InUse`](crate::ErrorKind::InUse) if it is taken. The ports of UDP and TCP are
    /// apart: taking one leaves the other free.
    async fn bind(&self, port: u16) -> Result<Self::Port, Self::Error>;
}

/// An open UDP port.
///
/// Datagrams may be lost, doubled or overtaken. They arrive whole: one `send_to` is one `recv_from`.
pub trait UdpPort {
    /// What goes wrong with it.
    type Error: Error;

    /// Returns the port's number.
    fn port(&self) -> u16;

    /// Sends `data` as one datagram; waits while the host has no room for it.
    ///
    /// Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is longer than a datagram
    /// can be. Dropping the future sends the whole datagram or none of it.
    async fn send_to(&self, data: Bytes, remote: SocketAddr) -> Result<(), Self::Error>;

    /// Waits for the next datagram and returns it with its sender. Dropping the future loses none.
    async fn recv_from(&self) -> Result<(Bytes, SocketAddr), Self::Error>;
}

/// A whole host: TCP and UDP under the same addresses.
///
/// The handles that [`tcp`](Stack::tcp) and [`udp`](Stack::udp) return share the stack and keep it
/// alive.
pub trait Stack {
    /// A handle on its TCP.
    type Tcp: Tcp + Clone + 'static;
    /// A handle on its UDP.
    type Udp: Udp + Clone + 'static;

    /// Returns a handle on its TCP.
    fn tcp(&self) -> Self::Tcp;

    /// Returns a handle on its UDP.
    fn udp(&self) -> Self::Udp;

    /// Returns the addresses of the host; none where the host does not say.
    fn addresses(&self) -> Vec<IpAddr>;
}
