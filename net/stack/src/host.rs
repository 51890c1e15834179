//! A host as a state machine: frames in, frames out, and the moment at which it wants to go on.
//!
//! It does no input or output and has no clock, so it can be stepped by anything.

use alloc::vec::Vec;
use core::net::IpAddr;

use sarab_device::{Checksum, Mac, Offloads, Packet as Carried};
use smoltcp::time::Instant;

use crate::{
    Config, Down,
    ethernet::{Ethernet, routes::Routes},
    ip::{Ip, Received},
    packet::{Fragments, Packet},
    schedule::{Id, Schedule},
    tcp::Connections,
    udp::Ports,
};

/// A host with one card.
pub(crate) struct Host {
    pub(crate) ip: Ip,
    pub(crate) schedule: Schedule,
    pub(crate) tcp: Connections,
    pub(crate) udp: Ports,
    pub(crate) config: Config,
    pub(crate) mtu: usize,
    fragments: Fragments,
    is_down: bool,
}

impl Host {
    pub(crate) fn new(
        config: Config,
        mac: Mac,
        mtu: usize,
        offloads: Offloads,
        now: Instant,
    ) -> Self {
        let ethernet = Ethernet::new(mac, offloads, Routes::new(&config, mac));
        Self {
            ip: Ip::new(ethernet, mtu, offloads, now),
            schedule: Schedule::default(),
            tcp: Connections::default(),
            udp: Ports::default(),
            config,
            mtu,
            fragments: Fragments::default(),
            is_down: false,
        }
    }

    /// Returns the addresses that others can reach.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.ip.routes().addresses().into_iter().map(|(address, _)| address).collect()
    }

    /// Takes a frame from the card.
    pub(crate) fn receive(&mut self, carried: &Carried, now: Instant) {
        if let Some(packet) = self.ip.ethernet().receive(&carried.frame, now) {
            self.deliver(Received { packet, checksum: carried.checksum }, now);
        }
    }

    /// Does what is due and sends what there is to send, as far as there is room for it.
    pub(crate) fn advance(&mut self, now: Instant) {
        self.ip.ethernet().expire(now);
        self.ip.announce(now);
        while let Some(id) = self.schedule.take_due(now) {
            self.wake_due(id);
        }
        self.serve(now);
        // Packets to the host itself cause more of them; what is left waits for the next step, so
        // that a step ends.
        for _ in 0..self.ip.ethernet().looped.len() {
            if let Some(packet) = self.ip.ethernet().looped.pop_front() {
                // It has not left the host, so nothing was damaged; and its checksum may be open.
                self.deliver(Received { packet, checksum: Checksum::Verified }, now);
            }
        }
    }

    /// Tells whether [`Host::advance`] has something to do at once.
    pub(crate) fn has_work(&mut self) -> bool {
        let can_serve = self.schedule.is_ready() && self.ip.has_room();
        can_serve || !self.ip.ethernet().looped.is_empty()
    }

    /// Returns when [`Host::advance`] has something to do next, if nothing happens before.
    pub(crate) fn deadline(&mut self) -> Option<Instant> {
        let link = self.ip.ethernet().deadline();
        [link, self.schedule.deadline()].into_iter().flatten().min()
    }

    /// Takes the next frame for the card.
    pub(crate) fn pop_frame(&mut self) -> Option<Carried> {
        self.ip.ethernet().outgoing.pop()
    }

    /// Notes that the card is done with a frame.
    pub(crate) fn sent_frame(&mut self) {
        self.ip.ethernet().outgoing.sent();
    }

    /// Tells whether a frame waits for the card.
    pub(crate) fn has_frame(&mut self) -> bool {
        self.ip.ethernet().outgoing.len() > 0
    }

    /// Ends everything, since the card has gone away.
    pub(crate) fn go_down(&mut self) {
        self.is_down = true;
        self.ip.ethernet().outgoing.clear();
        self.tcp.go_down();
        self.udp.go_down();
    }

    /// Fails if the card has gone away.
    pub(crate) fn check_up(&self) -> Result<(), Down> {
        if self.is_down { Err(Down) } else { Ok(()) }
    }

    fn deliver(&mut self, received: Received, now: Instant) {
        match Packet::parse(&received.packet, &mut self.fragments) {
            Packet::Tcp(segment) => self.receive_segment(segment, received, now),
            Packet::Udp(port) => self.receive_datagram(port, received, now),
            Packet::Other => self.ip.ingress(received, None, now),
        }
    }

    fn wake_due(&mut self, id: Id) {
        let slot = match id {
            Id::Tcp(connection) => self.tcp.slot(connection),
            Id::Udp(port) => self.udp.slot(port),
        };
        if let Some(slot) = slot {
            Schedule::expired(slot);
            self.schedule.ready(id, slot);
        }
    }

    fn serve(&mut self, now: Instant) {
        while self.ip.has_room()
            && let Some(id) = self.schedule.next()
        {
            match id {
                Id::Tcp(connection) => self.serve_connection(connection, now),
                Id::Udp(port) => self.serve_port(port, now),
            }
        }
    }
}
