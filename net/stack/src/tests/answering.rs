//! What a host answers to single frames.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::vec::Vec;

use sarab_device::{Bytes, Mac, Net as _};
use sarab_runtime::timeout;
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
        Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv4Packet, Ipv4Repr,
        Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr,
    },
};

use super::{Card, Conditions, ONE, TWO, config, ipv6, mac, run, start, wire};
use crate::Stack;

const CHECKS: fn() -> ChecksumCapabilities = ChecksumCapabilities::default;

/// Starts the second stack; the test has the card at the other end.
async fn lone() -> (Card, Stack) {
    let (left, right) = wire(mac(1), mac(2), Conditions::default());
    (left, start(right, config(2)).await)
}

fn frame(to: Mac, kind: EthernetProtocol, payload: &[u8]) -> Bytes {
    let mut bytes = std::vec![0; 14 + payload.len()];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    frame.set_dst_addr(EthernetAddress(to.0));
    frame.set_src_addr(EthernetAddress(mac(1).0));
    frame.set_ethertype(kind);
    frame.payload_mut().copy_from_slice(payload);
    bytes.into()
}

/// Returns the payload of the next frame of this kind, or `None` where there is no more.
async fn next(card: &Card, kind: EthernetProtocol) -> Option<(Mac, Vec<u8>)> {
    loop {
        let frame = timeout(Duration::from_millis(100), card.recv()).await.ok()?.unwrap();
        let view = EthernetFrame::new_checked(&frame[..]).unwrap();
        assert_eq!(view.src_addr().0, mac(2).0);
        if view.ethertype() == kind {
            return Some((Mac(view.dst_addr().0), view.payload().into()));
        }
    }
}

fn arp(operation: ArpOperation, target: Ipv4Addr) -> Vec<u8> {
    let message = ArpRepr::EthernetIpv4 {
        operation,
        source_hardware_addr: EthernetAddress(mac(1).0),
        source_protocol_addr: ONE,
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: target,
    };
    let mut bytes = std::vec![0; message.buffer_len()];
    message.emit(&mut ArpPacket::new_unchecked(&mut bytes));
    bytes
}

/// Returns a frame by which the first host asks the second one for its card, and tells its own.
pub(super) fn announcement() -> Bytes {
    frame(Mac::BROADCAST, EthernetProtocol::Arp, &arp(ArpOperation::Request, TWO))
}

async fn introduce(card: &Card) {
    let request = arp(ArpOperation::Request, TWO);
    card.send(frame(Mac::BROADCAST, EthernetProtocol::Arp, &request)).await.unwrap();
    let (to, answer) = next(card, EthernetProtocol::Arp).await.expect("an answer");
    assert_eq!(to, mac(1));
    let answer = ArpRepr::parse(&ArpPacket::new_checked(&answer).unwrap()).unwrap();
    let expected = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Reply,
        source_hardware_addr: EthernetAddress(mac(2).0),
        source_protocol_addr: TWO,
        target_hardware_addr: EthernetAddress(mac(1).0),
        target_protocol_addr: ONE,
    };
    assert_eq!(answer, expected);
}

#[test]
fn a_request_for_an_own_address_is_answered_and_no_other() {
    run(1, async {
        let (card, _stack) = lone().await;
        introduce(&card).await;
        let request = arp(ArpOperation::Request, Ipv4Addr::new(10, 0, 0, 3));
        card.send(frame(Mac::BROADCAST, EthernetProtocol::Arp, &request)).await.unwrap();
        assert_eq!(next(&card, EthernetProtocol::Arp).await, None);
    });
}

fn echo_ipv4(data: &[u8]) -> Vec<u8> {
    let message = Icmpv4Repr::EchoRequest { ident: 7, seq_no: 1, data };
    let header = Ipv4Repr {
        src_addr: ONE,
        dst_addr: TWO,
        next_header: IpProtocol::Icmp,
        payload_len: message.buffer_len(),
        hop_limit: 64,
    };
    let mut bytes = std::vec![0; header.buffer_len() + message.buffer_len()];
    let mut packet = Ipv4Packet::new_unchecked(&mut bytes);
    header.emit(&mut packet, &CHECKS());
    message.emit(&mut Icmpv4Packet::new_unchecked(packet.payload_mut()), &CHECKS());
    bytes
}

#[test]
fn an_echo_is_answered_over_ipv4() {
    run(1, async {
        let (card, _stack) = lone().await;
        introduce(&card).await;
        let request = echo_ipv4(b"are you there");
        card.send(frame(mac(2), EthernetProtocol::Ipv4, &request)).await.unwrap();
        let (to, answer) = next(&card, EthernetProtocol::Ipv4).await.expect("an answer");
        assert_eq!(to, mac(1));
        let packet = Ipv4Packet::new_checked(&answer[..]).unwrap();
        let icmp = Icmpv4Packet::new_checked(packet.payload()).unwrap();
        let answer = Icmpv4Repr::parse(&icmp, &CHECKS()).unwrap();
        let expected = Icmpv4Repr::EchoReply { ident: 7, seq_no: 1, data: b"are you there" };
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_frame_for_another_card_is_ignored() {
    run(1, async {
        let (card, _stack) = lone().await;
        introduce(&card).await;
        let request = echo_ipv4(b"");
        card.send(frame(mac(9), EthernetProtocol::Ipv4, &request)).await.unwrap();
        assert_eq!(next(&card, EthernetProtocol::Ipv4).await, None);
    });
}

fn icmp_ipv6(from: Ipv6Addr, to: Ipv6Addr, message: &Icmpv6Repr<'_>) -> Vec<u8> {
    let header = Ipv6Repr {
        src_addr: from,
        dst_addr: to,
        next_header: IpProtocol::Icmpv6,
        payload_len: message.buffer_len(),
        hop_limit: 255,
    };
    let mut bytes = std::vec![0; header.buffer_len() + message.buffer_len()];
    let mut packet = Ipv6Packet::new_unchecked(&mut bytes);
    header.emit(&mut packet);
    let mut icmp = Icmpv6Packet::new_unchecked(packet.payload_mut());
    message.emit(&from, &to, &mut icmp, &CHECKS());
    bytes
}

fn solicit(from: Ipv6Addr) -> Vec<u8> {
    let lladdr = (!from.is_unspecified()).then(|| EthernetAddress(mac(1).0).into());
    let message = Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit { target_addr: ipv6(2), lladdr });
    icmp_ipv6(from, "ff02::1:ff00:2".parse().unwrap(), &message)
}

/// Takes the next advertisement: the card and the address it goes to, and its flags.
async fn advert(card: &Card) -> (Mac, Ipv6Addr, NdiscNeighborFlags) {
    loop {
        let (mac, bytes) = next(card, EthernetProtocol::Ipv6).await.expect("an advertisement");
        let packet = Ipv6Packet::new_checked(&bytes[..]).unwrap();
        let Ok(icmp) = Icmpv6Packet::new_checked(packet.payload()) else { continue };
        let (from, to) = (packet.src_addr(), packet.dst_addr());
        if let Ok(Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert { flags, target_addr, .. })) =
            Icmpv6Repr::parse(&from, &to, &icmp, &CHECKS())
        {
            assert_eq!((target_addr, packet.hop_limit()), (ipv6(2), 255));
            return (mac, to, flags);
        }
    }
}

#[test]
fn a_neighbor_that_asks_gets_the_card_and_then_an_echo() {
    run(1, async {
        let (card, _stack) = lone().await;
        let group = Mac([0x33, 0x33, 0xff, 0, 0, 2]);
        card.send(frame(group, EthernetProtocol::Ipv6, &solicit(ipv6(1)))).await.unwrap();
        let flags = NdiscNeighborFlags::SOLICITED | NdiscNeighborFlags::OVERRIDE;
        assert_eq!(advert(&card).await, (mac(1), ipv6(1), flags));

        let request = Icmpv6Repr::EchoRequest { ident: 7, seq_no: 1, data: b"hello" };
        let request = icmp_ipv6(ipv6(1), ipv6(2), &request);
        card.send(frame(mac(2), EthernetProtocol::Ipv6, &request)).await.unwrap();
        let (_, answer) = next(&card, EthernetProtocol::Ipv6).await.expect("an answer");
        let packet = Ipv6Packet::new_checked(&answer[..]).unwrap();
        let icmp = Icmpv6Packet::new_checked(packet.payload()).unwrap();
        let answer = Icmpv6Repr::parse(&ipv6(2), &ipv6(1), &icmp, &CHECKS()).unwrap();
        assert_eq!(answer, Icmpv6Repr::EchoReply { ident: 7, seq_no: 1, data: b"hello" });
    });
}

#[test]
fn a_host_that_wants_our_address_is_told_before_all() {
    run(1, async {
        let (card, _stack) = lone().await;
        let group = Mac([0x33, 0x33, 0xff, 0, 0, 2]);
        let request = solicit(Ipv6Addr::UNSPECIFIED);
        card.send(frame(group, EthernetProtocol::Ipv6, &request)).await.unwrap();
        let all = "ff02::1".parse().unwrap();
        let expected = (Mac([0x33, 0x33, 0, 0, 0, 1]), all, NdiscNeighborFlags::OVERRIDE);
        assert_eq!(advert(&card).await, expected);
    });
}

#[test]
fn what_says_it_comes_from_a_loopback_is_ignored() {
    run(1, async {
        let (card, _stack) = lone().await;
        introduce(&card).await;
        let mut request = echo_ipv4(b"");
        let mut packet = Ipv4Packet::new_unchecked(&mut request);
        packet.set_src_addr(Ipv4Addr::LOCALHOST);
        packet.fill_checksum();
        card.send(frame(mac(2), EthernetProtocol::Ipv4, &request)).await.unwrap();
        assert_eq!(next(&card, EthernetProtocol::Ipv4).await, None);
    });
}
