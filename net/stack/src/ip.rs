//! The internet layer: smoltcp's interface, lent one socket at a time.
//!
//! smoltcp looks at every socket of the set that it is given, for each packet. So each socket here
//! has a set of its own, and the host says which one a packet is for.

use alloc::{boxed::Box, vec::Vec};
use core::{marker::PhantomData, mem, num::NonZeroUsize};

use bytes::Bytes;
use sarab_device::{Checksum, Offloads};
use sarab_runtime::random;
use smoltcp::{
    iface::{Config, Interface, PollResult, SocketHandle, SocketSet},
    phy::{self, Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::AnySocket,
    time::Instant,
    wire::{HardwareAddress, IpAddress, IpCidr},
};

use crate::{
    ethernet::{Ethernet, HEADER_BYTES, routes},
    outbound::Outbound,
    packet::{self, Segment},
};

/// Frames that may wait for the card before sockets have to wait.
const OUTGOING_MOST: usize = 256;
const OUTGOING_BYTES_MOST: usize = 1 << 20;

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
    // An interface holds a buffer for packets that it cuts into fragments, of 64 KiB: too much to be moved about.
    interface: Box<Interface>,
    /// The same for packets of which the card knows that they were not damaged. smoltcp checks all
    /// packets of an interface, or none. Made when the first one comes.
    trusting: Option<Box<Interface>>,
    /// The same for sending segments of TCP, where the card cuts. To smoltcp its frames are long ones, and
    /// so only what announces their size may not go out by it. (smoltcp 0.14 has a word for cutting,
    /// but not for IPv6.) Made when the first segment is sent.
    cutting: Option<Box<Interface>>,
    /// The same for the first packets of connections. Its buffers stay, while all else is new each time.
    opening: Option<Box<Interface>>,
    link: Link,
    /// The set of no socket, for packets that are for none.
    nobody: SocketSet<'static>,
}

/// The link as smoltcp wants to see it.
struct Link {
    ethernet: Ethernet,
    mtu: usize,
    offloads: Offloads,
    /// What the next interface is for.
    role: Role,
    /// The most bytes that the peer takes at once whose socket sends.
    mss: Option<u16>,
    incoming: Option<Received>,
    /// The last segment of TCP that was sent.
    sent: Option<Segment>,
}

/// A packet on its way in.
pub(crate) struct Received {
    pub(crate) packet: Bytes,
    /// What the card knows of the checksum of TCP or UDP.
    pub(crate) checksum: Checksum,
}

/// What an interface is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Everything.
    Any,
    /// Receiving what nobody need check the checksum of.
    Trusting,
    /// Sending what the card may cut.
    Cutting,
}

impl Ip {
    /// Lays the internet layer over `ethernet`, which carries `mtu` bytes a frame.
    pub(crate) fn new(ethernet: Ethernet, mtu: usize, offloads: Offloads, now: Instant) -> Self {
        let mut link = Link::new(ethernet, mtu, offloads);
        let mut interface = link.interface(Role::Any, now);
        for (address, _) in link.ethernet.routes.addresses() {
            if let IpAddress::Ipv6(address) = address.into() {
                // Switches that snoop forward the questions for an address to who joined their
                // group (RFC 4861 section 7.2.1). There are fewer of ours than the table holds.
                let _ = interface.join_multicast_group(routes::solicited(address));
            }
        }
        let (trusting, cutting, opening) = (None, None, None);
        Self { interface, trusting, cutting, opening, link, nobody: SocketSet::new(Vec::new()) }
    }

    pub(crate) fn ethernet(&mut self) -> &mut Ethernet {
        &mut self.link.ethernet
    }

    pub(crate) fn routes(&self) -> &routes::Routes {
        &self.link.ethernet.routes
    }

    /// Tells whether sockets may send more now.
    pub(crate) fn has_room(&self) -> bool {
        let outgoing = &self.link.ethernet.outgoing;
        outgoing.len() < OUTGOING_MOST && outgoing.size_bytes() < OUTGOING_BYTES_MOST
    }

    /// Gives a packet to the socket of `set`, or to none; answers go out at once.
    pub(crate) fn ingress(
        &mut self,
        received: Received,
        set: Option<&mut SocketSet<'static>>,
        now: Instant,
    ) {
        let link = &mut self.link;
        let interface = match received.receiver() {
            role @ Role::Trusting => self.trusting.get_or_insert_with(|| link.interface(role, now)),
            _ => &mut self.interface,
        };
        self.link.incoming = Some(received);
        let set = set.unwrap_or(&mut self.nobody);
        interface.poll_ingress_single(now, &mut self.link, set);
        self.send_fragments(now);
    }

    /// Gives the first packet of a connection to the socket of `set`.
    ///
    /// The sequence numbers of each connection come of a seed of their own, so that none tells of
    /// another's (RFC 6528, RFC 9293 section 3.4.1).
    pub(crate) fn ingress_first(
        &mut self,
        received: Received,
        set: &mut SocketSet<'static>,
        now: Instant,
    ) {
        let is_fragment = packet::is_fragment(&received.packet);
        let fresh = self.link.renew(&mut self.opening, received.receiver(), now);
        self.link.incoming = Some(received);
        fresh.poll_ingress_single(now, &mut self.link, set);
        if is_fragment {
            self.opening = None; // it would keep the fragment
        }
    }

    /// Lends an interface with a seed of its own, for opening a connection.
    pub(crate) fn fresh(&mut self, now: Instant) -> &mut Interface {
        self.link.renew(&mut self.opening, Role::Any, now)
    }

    /// Sends at most one packet of the socket of `set`; tells whether it had one.
    pub(crate) fn egress(&mut self, set: &mut SocketSet<'static>, now: Instant) -> bool {
        self.link.sent = None;
        let result = self.interface.poll_egress(now, &mut self.link, set);
        self.send_fragments(now);
        result == PollResult::SocketStateChanged
    }

    /// Does the same for a connection, whose peer takes at most `mss` bytes at once, if it is known
    /// what it takes.
    pub(crate) fn egress_segment(
        &mut self,
        set: &mut SocketSet<'static>,
        mss: Option<u16>,
        now: Instant,
    ) -> bool {
        let link = &mut self.link;
        if mss.is_none() || link.longest().is_none() {
            return self.egress(set, now);
        }
        let cutting = self.cutting.get_or_insert_with(|| link.interface(Role::Cutting, now));
        self.link.sent = None;
        self.link.mss = mss;
        let result = cutting.poll_egress(now, &mut self.link, set);
        self.link.mss = None;
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
    fn new(ethernet: Ethernet, mtu: usize, offloads: Offloads) -> Self {
        let (role, mss, incoming, sent) = (Role::Any, None, None, None);
        Self { ethernet, mtu, offloads, role, mss, incoming, sent }
    }

    /// Returns a new interface on the link, with the addresses of the host.
    fn interface(&mut self, role: Role, now: Instant) -> Box<Interface> {
        let mut interface = Box::new(self.bare_interface(role, now));
        self.give_addresses(&mut interface);
        interface
    }

    /// Makes an interface as new, all but its buffers, which are for packets in fragments alone.
    fn renew<'a>(
        &mut self,
        interface: &'a mut Option<Box<Interface>>,
        role: Role,
        now: Instant,
    ) -> &'a mut Interface {
        let interface = interface.get_or_insert_with(|| self.interface(role, now));
        mem::swap(interface.context(), self.bare_interface(role, now).context());
        self.give_addresses(interface);
        interface
    }

    /// Returns a new interface without addresses, with a seed of its own.
    fn bare_interface(&mut self, role: Role, now: Instant) -> Interface {
        self.role = role;
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = random::u64();
        Interface::new(config, self, now)
    }

    fn give_addresses(&self, interface: &mut Interface) {
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
    }
}

impl Link {
    /// Returns the most bytes of a packet that the card cuts, if that is of use.
    fn longest(&self) -> Option<NonZeroUsize> {
        let Offloads { checksum, frame_bytes_max } = self.offloads;
        // RFC 791 section 3.1 has 16 bits for the length.
        let longest = frame_bytes_max.saturating_sub(HEADER_BYTES).min(usize::from(u16::MAX));
        NonZeroUsize::new(longest).filter(|longest| checksum && longest.get() > self.mtu)
    }
}

impl Device for Link {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, timestamp: Instant) -> Option<(Received, Room<'_>)> {
        let packet = self.incoming.take()?;
        Some((packet, Room { link: self, now: timestamp }))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Room<'_>> {
        Some(Room { link: self, now: timestamp })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        let (sent, received) = (!self.offloads.checksum, self.role != Role::Trusting);
        capabilities.checksum.tcp = checksum(sent, received);
        // A datagram may leave in fragments, of which no card knows the checksum.
        capabilities.checksum.udp = checksum(true, received);
        if let (Role::Cutting, Some(longest)) = (self.role, self.longest()) {
            capabilities.max_transmission_unit = longest.get();
            capabilities.segmentation.tcpv4 = Some(longest);
            capabilities.segmentation.tcpv6 = Some(longest);
        }
        capabilities
    }
}

/// Returns who sums what is `sent` and what is `received`, by smoltcp's word for it.
fn checksum(sent: bool, received: bool) -> phy::Checksum {
    match (sent, received) {
        (true, true) => phy::Checksum::Both,
        (true, false) => phy::Checksum::Tx,
        (false, true) => phy::Checksum::Rx,
        (false, false) => phy::Checksum::None,
    }
}

impl Received {
    /// Returns which interface receives it.
    ///
    /// What the card says of a fragment is not about the packet that it is put together to.
    fn receiver(&self) -> Role {
        match self.checksum {
            Checksum::Complete => Role::Any,
            _ if packet::is_fragment(&self.packet) => Role::Any,
            Checksum::Partial { .. } | Checksum::Verified => Role::Trusting,
        }
    }
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.packet)
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
        let outbound = match self.link.sent {
            Some(segment) if self.link.offloads.checksum => {
                Outbound::unfinished(frame, segment, self.link.mtu, self.link.mss)
            }
            _ => frame.into(),
        };
        self.link.ethernet.route(outbound, self.now);
        result
    }
}
