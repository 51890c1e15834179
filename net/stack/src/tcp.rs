//! TCP (RFC 9293): connections, and the ports that wait for some.

mod connection;
mod flow;
mod listener;
mod sent;
mod table;

use core::net::SocketAddr;

use sarab_device as device;
use sarab_runtime::random;
use smoltcp::time::Instant;

use self::connection::{Ends, Stage};
pub(crate) use self::table::Connections;
pub use self::{flow::Flow, listener::Listener};
use crate::{
    TcpError,
    ethernet::routes::Next,
    host::Host,
    runner::{Handle, moment},
};

/// The first port that the host chooses itself (RFC 6335 section 6).
pub(crate) const CHOSEN_FIRST: u16 = 49152;

/// TCP of the host.
#[derive(Clone)]
pub struct Tcp {
    handle: Handle,
}

impl Tcp {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }
}

impl device::Tcp for Tcp {
    type Error = TcpError;
    type Flow = Flow;
    type Listener = Listener;

    async fn connect(&self, remote: SocketAddr) -> Result<Flow, TcpError> {
        let id = self.handle.with(|host| host.connect(remote, moment()))?;
        let mut flow = Flow::new(self.handle.clone(), id, remote);
        flow.connected().await?;
        Ok(flow)
    }

    async fn listen(&self, port: u16) -> Result<Listener, TcpError> {
        let port = self.handle.with(|host| host.listen(port))?;
        Ok(Listener::new(self.handle.clone(), port))
    }
}

impl Host {
    fn connect(&mut self, remote: SocketAddr, now: Instant) -> Result<usize, TcpError> {
        self.check_up()?;
        if !is_port(remote) {
            return Err(TcpError::NotAHost(remote));
        }
        let source = self.ip.routes().source(remote.ip());
        let source = source.ok_or(TcpError::Unreachable(remote))?;
        // RFC 9293 section 3.9.2.3, MUST-46.
        if matches!(self.ip.routes().next(remote.ip()), Next::Group(_)) {
            return Err(TcpError::NotAHost(remote));
        }
        // The interface has one link, so the zone of an address says nothing.
        let remote = SocketAddr::new(remote.ip(), remote.port());
        let ends = |port| Ends { remote, local: SocketAddr::new(source, port) };
        let port = choose_port(|port| {
            !self.tcp.has_connection(&ends(port)) && !self.tcp.has_listener(port)
        });
        self.open(ends(port.ok_or(TcpError::NoFreePort)?), now)
    }

    fn open(&mut self, ends: Ends, now: Instant) -> Result<usize, TcpError> {
        let id = self.tcp.insert(ends, Stage::Held, &self.config);
        let interface = self.ip.fresh(now);
        let connection = self.tcp.get_mut(id);
        let socket = connection.socket.get_mut();
        let opened = socket.connect(interface.context(), ends.remote, ends.local);
        if opened.is_err() {
            self.tcp.remove(id, &mut self.schedule);
            return Err(TcpError::NotAHost(ends.remote));
        }
        self.wake_connection(id);
        Ok(id)
    }

    fn listen(&mut self, port: u16) -> Result<u16, TcpError> {
        self.check_up()?;
        let port = match port {
            0 => choose_port(|port| !self.tcp.is_local(port)).ok_or(TcpError::NoFreePort)?,
            port if self.tcp.has_listener(port) => return Err(TcpError::InUse(port)),
            port => port,
        };
        self.tcp.insert_listener(port);
        Ok(port)
    }
}

/// Returns a free port, looked for from a random one on (RFC 6056 section 3.3.1).
pub(crate) fn choose_port(is_free: impl Fn(u16) -> bool) -> Option<u16> {
    let count = u64::from(u16::MAX - CHOSEN_FIRST) + 1;
    let start = random::u64() % count;
    (start..start + count)
        .filter_map(|place| u16::try_from(u64::from(CHOSEN_FIRST) + place % count).ok())
        .find(|&port| is_free(port))
}

/// Tells whether somebody can listen there.
fn is_port(remote: SocketAddr) -> bool {
    remote.port() != 0 && !remote.ip().is_unspecified()
}
