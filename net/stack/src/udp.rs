//! UDP (RFC 768): open ports.

mod port;

use alloc::{collections::BTreeMap, vec};

use sarab_device as device;
use smoltcp::{
    socket::udp::{PacketBuffer, PacketMetadata, Socket},
    time::Instant,
};

pub use self::port::UdpPort;
use crate::{
    UdpError,
    host::Host,
    ip::{Received, Single},
    runner::Handle,
    schedule::{Id, Schedule, Slot},
    tcp::choose_port,
    wake::Waiters,
};

/// Datagrams that a port keeps in each direction.
const DATAGRAMS_MOST: usize = 256;

/// Bytes of datagrams that a port keeps in each direction: the longest one, at least.
const BUFFER_BYTES: usize = 64 * 1024;

/// UDP of the host.
#[derive(Clone)]
pub struct Udp {
    handle: Handle,
}

impl Udp {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }
}

impl device::Udp for Udp {
    type Error = UdpError;
    type Port = UdpPort;

    async fn bind(&self, port: u16) -> Result<UdpPort, UdpError> {
        let port = self.handle.with(|host| host.bind(port))?;
        Ok(UdpPort::new(self.handle.clone(), port))
    }
}

/// The open ports of a host.
#[derive(Default)]
pub(crate) struct Ports(BTreeMap<u16, Port>);

/// An open port.
pub(super) struct Port {
    pub(super) socket: Single<Socket<'static>>,
    slot: Slot,
    pub(super) receivers: Waiters,
    pub(super) senders: Waiters,
}

impl Port {
    fn new(number: u16) -> Self {
        let buffer = || {
            PacketBuffer::new(vec![PacketMetadata::EMPTY; DATAGRAMS_MOST], vec![0; BUFFER_BYTES])
        };
        let mut socket = Socket::new(buffer(), buffer());
        // It is new, and the port is not 0.
        let _ = socket.bind(number);
        Self {
            socket: Single::new(socket),
            slot: Slot::default(),
            receivers: Waiters::default(),
            senders: Waiters::default(),
        }
    }
}

impl Ports {
    pub(super) fn get_mut(&mut self, number: u16) -> Option<&mut Port> {
        self.0.get_mut(&number)
    }

    pub(crate) fn slot(&mut self, number: u16) -> Option<&mut Slot> {
        self.0.get_mut(&number).map(|port| &mut port.slot)
    }

    pub(crate) fn go_down(&mut self) {
        for port in self.0.values_mut() {
            port.receivers.wake();
            port.senders.wake();
        }
    }
}

impl Host {
    fn bind(&mut self, number: u16) -> Result<u16, UdpError> {
        self.check_up()?;
        let is_free = |number| !self.udp.0.contains_key(&number);
        let number = match number {
            0 => choose_port(is_free).ok_or(UdpError::NoFreePort)?,
            number if is_free(number) => number,
            number => return Err(UdpError::InUse(number)),
        };
        self.udp.0.insert(number, Port::new(number));
        Ok(number)
    }

    /// Takes a datagram.
    pub(crate) fn receive_datagram(&mut self, number: u16, received: Received, now: Instant) {
        let Some(port) = self.udp.0.get_mut(&number) else {
            self.ip.ingress(received, None, now);
            return;
        };
        self.ip.ingress(received, Some(port.socket.set()), now);
        if port.socket.get().can_recv() {
            port.receivers.wake();
        }
    }

    /// Sends the datagrams of a port.
    pub(crate) fn serve_port(&mut self, number: u16, now: Instant) {
        let Some(port) = self.udp.0.get_mut(&number) else { return };
        Schedule::started(&mut port.slot);
        let mut is_done = false;
        while !is_done && self.ip.has_room() {
            is_done = !self.ip.egress(port.socket.set(), now);
        }
        if !is_done {
            self.schedule.ready(Id::Udp(number), &mut port.slot);
        }
        port.senders.wake();
    }

    /// Puts a port in line.
    pub(super) fn wake_port(&mut self, number: u16) {
        if let Some(slot) = self.udp.slot(number) {
            self.schedule.ready(Id::Udp(number), slot);
        }
    }

    /// Sends what a port still has to send, as far as there is room for it, and closes it.
    pub(super) fn close_port(&mut self, number: u16, now: Instant) {
        self.serve_port(number, now);
        self.udp.0.remove(&number);
    }
}
