//! The internet layer: smoltcp's interface, lent one socket at a time.
//!
//! smoltcp looks at every socket of the set that it is given, for each packet. So each socket here
//! has a set of its own, and the host says which one a packet is for.

use alloc::vec::Vec;
use core::marker::PhantomData;

use bytes::Bytes;
use sarab_runtime::random;
use smoltcp::{
    iface::{Config, Interface, PollResult, SocketHandle, SocketSet},
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::AnySocket,
    time::Instant,
    wire::{HardwareAddress, IpAddress, IpCidr},
};

use crate::{
    ethernet::{Ethernet, HEADER_BYTES, routes},
    packet::Segment,
};

/// Frames that may wait for the card before sockets have to wait.
const OUTGOING_MOST: usize = 256;

/// A socket in a set of its own.
pub(crate) struct Single<S> {
    set: SocketSet<'static>,
    handle: SocketHandle,
    kind: PhantomData<S>,
}

impl<S: AnySocket<'static>> Single<S> {
    pub(crate) fn new(socket: S) -> Self {
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let handle = set.add(socket);
        Self { set, handle, kind: PhantomData }
    }

    pub(crate) fn get(&self) -> &S {
        self.set.get(self.handle)
    }

    pub(crate) fn get_mut(&mut self) -> &mut S {
        self.set.get_mut(self.handle)
    }

    /// Returns the set, for [`Ip`].
    pub(crate) fn set(&mut self) -> &mut SocketSet<'static> {
        &mut self.set
    }
}

/// The internet layer of one host.
pub(crate) struct Ip {
    interface: Interface,
    link: Link,
    /// The set of no socket, for packets that are for none.
    nobody: SocketSet<'static>,
}

/// The link as smoltcp wants to see it.
struct Link {
    ethernet: Ethernet,
    mtu: usize,
    incoming: Option<Bytes>,
    /// The last segment of TCP that was sent.
    sent: Option<Segment>,
}

impl Ip {
    /// Lays the internet layer over `ethernet`, which carries `mtu` bytes a frame.
    pub(crate) fn new(ethernet: Ethernet, mtu: usize, now: Instant) -> Self {
        let mut link = Link { ethernet, mtu, incoming: None, sent: None };
        let mut interface = link.interface(now);
        for (address, _) in link.ethernet.routes.addresses() {
            if let IpAddress::Ipv6(address) = address.into() {
                // Switches that snoop forward the questions for an address to who joined their
                // group (RFC 4861 section 7.2.1). There are fewer of ours than the table holds.
                let _ = interface.join_multicast_group(routes::solicited(address));
            }
        }
        Self { interface, link, nobody: SocketSet::new(Vec::new()) }
    }

    pub(crate) fn ethernet(&mut self) -> &mut Ethernet {
        &mut self.link.ethernet
    }

    pub(crate) fn routes(&self) -> &routes::Routes {
        &self.link.ethernet.routes
    }

    /// Tells whether sockets may send more now.
    pub(crate) fn has_room(&self) -> bool {
        self.link.ethernet.outgoing.len() < OUTGOING_MOST
    }

    /// Gives `packet` to the socket of `set`, or to none; answers go out at once.
    pub(crate) fn ingress(
        &mut self,
        packet: Bytes,
        set: Option<&mut SocketSet<'static>>,
        now: Instant,
    ) {
        self.link.incoming = Some(packet);
        let set = set.unwrap_or(&mut self.nobody);
        self.interface.poll_ingress_single(now, &mut self.link, set);
        self.send_fragments(now);
    }

    /// Gives the first packet of a connection to the socket of `set`.
    ///
    /// The sequence numbers of each connection come of a seed of their own, so that none tells of
    /// another's (RFC 6528, RFC 9293 section 3.4.1).
    pub(crate) fn ingress_first(
        &mut self,
        packet: Bytes,
        set: &mut SocketSet<'static>,
        now: Instant,
    ) {
        let mut fresh = self.link.interface(now);
        self.link.incoming = Some(packet);
        fresh.poll_ingress_single(now, &mut self.link, set);
    }

    /// Lends an interface with a seed of its own, for opening a connection.
    pub(crate) fn fresh(&mut self, now: Instant) -> Interface {
        self.link.interface(now)
    }

    /// Sends at most one packet of the socket of `set`; tells whether it had one.
    pub(crate) fn egress(&mut self, set: &mut SocketSet<'static>, now: Instant) -> bool {
        self.link.sent = None;
        let result = self.interface.poll_egress(now, &mut self.link, set);
        self.send_fragments(now);
        result == PollResult::SocketStateChanged
    }

    /// Returns the segment that the last call of [`Ip::egress`] sent.
    pub(crate) fn sent(&self) -> Option<Segment> {
        self.link.sent
    }

    /// Returns when the socket of `set` has to be asked for packets again.
    pub(crate) fn deadline(&mut self, set: &SocketSet<'static>, now: Instant) -> Option<Instant> {
        self.interface.poll_at(now, set)
    }

    /// Sends what the interface itself has to say: the groups it joins.
    pub(crate) fn announce(&mut self, now: Instant) {
        self.interface.poll_egress(now, &mut self.link, &mut self.nobody);
    }

    /// Sends the rest of a packet that is too long for one frame, before the next one takes its
    /// place.
    fn send_fragments(&mut self, now: Instant) {
        while self.interface.poll_at(now, &self.nobody).is_some() {
            self.interface.poll_egress(now, &mut self.link, &mut self.nobody);
        }
    }
}

impl Link {
    /// Returns a new interface on the link, with the addresses of the host.
    fn interface(&mut self, now: Instant) -> Interface {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = random::u64();
        let mut interface = Interface::new(config, self, now);
        interface.update_ip_addrs(|addresses| {
            let others = self.ethernet.routes.addresses().into_iter();
            let others = others.map(|(address, length)| IpCidr::new(address.into(), length));
            let loopbacks = [
                IpCidr::new(IpAddress::v4(127, 0, 0, 1), 8),
                IpCidr::new(IpAddress::v6(0, 0, 0, 0, 0, 0, 0, 1), 128),
            ];
            // Five at most, and the table holds eight.
            addresses.extend(others.chain(loopbacks));
        });
        interface
    }
}

impl Device for Link {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, timestamp: Instant) -> Option<(Received, Room<'_>)> {
        let packet = self.incoming.take()?;
        Some((Received(packet), Room { link: self, now: timestamp }))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Room<'_>> {
        Some(Room { link: self, now: timestamp })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}

/// A packet on its way in.
struct Received(Bytes);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

/// The right to send a packet.
struct Room<'a> {
    link: &'a mut Link,
    now: Instant,
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = self.link.ethernet.frame(len);
        let result = f(&mut frame[HEADER_BYTES..]);
        self.link.sent = Segment::parse(&frame[HEADER_BYTES..]);
        self.link.ethernet.route(frame, self.now);
        result
    }
}
