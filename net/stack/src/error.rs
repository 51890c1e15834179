//! What goes wrong, one type for each thing that can be asked for.

use core::{
    error::Error,
    fmt,
    net::{IpAddr, SocketAddr},
};

use sarab_device::{ErrorKind, Mac};

/// Why a stack cannot be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// The address of the card is for groups (IEEE 802.3-2022 section 3.2.3).
    NotAnAddress(Mac),
    /// The card carries fewer bytes than every IPv6 link must (RFC 8200 section 5).
    MtuTooSmall {
        /// Bytes that the card carries.
        mtu: usize,
    },
    /// No host can have this address.
    NotAHost(IpAddr),
    /// The gateway is in no network of the host.
    GatewayElsewhere(IpAddr),
    /// The sizes and limits of the configuration leave no room to work.
    LimitsTooSmall,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress(mac) => write!(f, "{mac} is not the address of one card"),
            Self::MtuTooSmall { mtu } => {
                write!(f, "the card carries {mtu} bytes a frame, and 1280 is the least")
            }
            Self::NotAHost(address) => write!(f, "{address} is not the address of one host"),
            Self::GatewayElsewhere(gateway) => {
                write!(f, "gateway {gateway} is in no network of the host")
            }
            Self::LimitsTooSmall => f.write_str("a buffer or a backlog of nothing"),
        }
    }
}

impl Error for StartError {}

impl sarab_device::Error for StartError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// The network card has gone away, and the stack with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the network card has gone away")
    }
}

impl Error for Down {}

impl sarab_device::Error for Down {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Disconnected
    }
}

/// Why there is no connection, or no port to wait for some on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TcpError {
    /// Nobody listens there.
    Refused(SocketAddr),
    /// Nobody answered in time.
    TimedOut(SocketAddr),
    /// The host has no way there: no address of that family, or no gateway.
    Unreachable(SocketAddr),
    /// Nobody can be connected to there: port 0, or not the address of one host.
    NotAHost(SocketAddr),
    /// Somebody listens on that port.
    InUse(u16),
    /// All ports to choose from are taken.
    NoFreePort,
    /// The network card has gone away.
    Down,
}

impl fmt::Display for TcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(remote) => write!(f, "{remote} refused the connection"),
            Self::TimedOut(remote) => write!(f, "{remote} did not answer"),
            Self::Unreachable(remote) => write!(f, "there is no route to {remote}"),
            Self::NotAHost(remote) => write!(f, "{remote} is not a port of one host"),
            Self::InUse(port) => write!(f, "TCP port {port} is in use"),
            Self::NoFreePort => f.write_str("all TCP ports from 49152 on are in use"),
            Self::Down => Down.fmt(f),
        }
    }
}

impl Error for TcpError {}

impl sarab_device::Error for TcpError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::Unreachable(_) => ErrorKind::Refused,
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::NotAHost(_) => ErrorKind::InvalidInput,
            Self::InUse(_) => ErrorKind::InUse,
            Self::NoFreePort => ErrorKind::NoSpace,
            Self::Down => ErrorKind::Disconnected,
        }
    }
}

/// Why a connection carries no more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlowError {
    /// The peer reset it (RFC 9293 section 3.5.2).
    Reset(SocketAddr),
    /// The peer acknowledged nothing for the time that the configuration gives it.
    TimedOut(SocketAddr),
    /// This direction was finished before.
    Finished,
    /// The network card has gone away.
    Down,
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset(peer) => write!(f, "{peer} reset the connection"),
            Self::TimedOut(peer) => write!(f, "{peer} stopped answering"),
            Self::Finished => f.write_str("written to after it was finished"),
            Self::Down => Down.fmt(f),
        }
    }
}

impl Error for FlowError {}

impl sarab_device::Error for FlowError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Reset(_) | Self::Down => ErrorKind::Disconnected,
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::Finished => ErrorKind::InvalidInput,
        }
    }
}

impl embedded_io::Error for FlowError {
    fn kind(&self) -> embedded_io::ErrorKind {
        match self {
            Self::Reset(_) => embedded_io::ErrorKind::ConnectionReset,
            Self::TimedOut(_) => embedded_io::ErrorKind::TimedOut,
            Self::Finished => embedded_io::ErrorKind::BrokenPipe,
            Self::Down => embedded_io::ErrorKind::NotConnected,
        }
    }
}

/// Why a UDP port is not opened, or a datagram not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UdpError {
    /// The port is taken.
    InUse(u16),
    /// All ports to choose from are taken.
    NoFreePort,
    /// The datagram is longer than one can be.
    TooLong {
        /// Bytes in it.
        size: usize,
        /// Bytes that one to this address can have.
        most: usize,
    },
    /// The host has no way there: no address of that family, or no gateway.
    Unreachable(SocketAddr),
    /// Nobody can receive there: port 0, or the unspecified address.
    NotAHost(SocketAddr),
    /// The network card has gone away.
    Down,
}

impl fmt::Display for UdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(port) => write!(f, "UDP port {port} is in use"),
            Self::NoFreePort => f.write_str("all UDP ports from 49152 on are in use"),
            Self::TooLong { size, most } => {
                write!(f, "a datagram of {size} bytes, and {most} is the most")
            }
            Self::Unreachable(remote) => write!(f, "there is no route to {remote}"),
            Self::NotAHost(remote) => write!(f, "nobody can receive at {remote}"),
            Self::Down => Down.fmt(f),
        }
    }
}

impl Error for UdpError {}

impl sarab_device::Error for UdpError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InUse(_) => ErrorKind::InUse,
            Self::NoFreePort => ErrorKind::NoSpace,
            Self::TooLong { .. } | Self::NotAHost(_) => ErrorKind::InvalidInput,
            Self::Unreachable(_) => ErrorKind::Refused,
            Self::Down => ErrorKind::Disconnected,
        }
    }
}

impl From<Down> for TcpError {
    fn from(_: Down) -> Self {
        Self::Down
    }
}

impl From<Down> for UdpError {
    fn from(_: Down) -> Self {
        Self::Down
    }
}
