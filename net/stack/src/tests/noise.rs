//! Damaging frames so that the damage is found as late as possible.

use core::net::IpAddr;
use std::vec::Vec;

use sarab_device::Bytes;
use sarab_runtime::random;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, Icmpv4Packet, Icmpv6Packet, IpProtocol, Ipv4Packet,
    Ipv6Packet, TcpPacket, UdpPacket,
};

/// Returns a number below `end`.
fn below(end: usize) -> usize {
    usize::try_from(random::u64() % end as u64).unwrap()
}

fn byte() -> u8 {
    random::u64().to_le_bytes()[0]
}

/// Returns a copy of `frame` with a few bytes changed, cut or lengthened, and with checksums that
/// are mostly right again.
pub(super) fn mutate(frame: &[u8]) -> Bytes {
    let mut frame = Vec::from(frame);
    for _ in 0..=below(3) {
        // Behind the addresses of the cards, and mostly in the headers.
        let span = if below(3) > 0 { frame.len().min(80) } else { frame.len() };
        let place = 12 + below(span.saturating_sub(12).max(1));
        if let Some(byte) = frame.get_mut(place) {
            match below(3) {
                0 => *byte = self::byte(),
                1 => *byte ^= 1 << below(8),
                _ => *byte = [0, 1, 0x7f, 0x80, 0xff][below(5)],
            }
        }
    }
    match below(8) {
        0 => frame.truncate(14 + below(frame.len())),
        1 => frame.extend((0..below(64)).map(|_| byte())),
        _ => {}
    }
    frame.truncate(1514);
    if below(8) > 0 {
        mend(&mut frame);
    }
    frame.into()
}

/// Returns a frame for all cards that is noise behind the type of its packet.
pub(super) fn invent() -> Bytes {
    let mut frame: Vec<u8> = (0..14 + below(200)).map(|_| byte()).collect();
    frame[..6].fill(0xff);
    let kind = [[0x08, 0x00, 0x45], [0x08, 0x06, 0x00], [0x86, 0xdd, 0x60]][below(3)];
    for (byte, value) in frame[12..].iter_mut().zip(kind) {
        *byte = value;
    }
    if below(2) == 0 {
        mend(&mut frame);
    }
    frame.into()
}

/// Makes the checksums right, so far as there are any to find.
fn mend(frame: &mut [u8]) {
    let Ok(mut frame) = EthernetFrame::new_checked(frame) else { return };
    match frame.ethertype() {
        EthernetProtocol::Ipv4 => {
            let Ok(mut packet) = Ipv4Packet::new_checked(frame.payload_mut()) else { return };
            packet.fill_checksum();
            let (from, to) = (packet.src_addr().into(), packet.dst_addr().into());
            mend_payload(packet.next_header(), from, to, packet.payload_mut());
        }
        EthernetProtocol::Ipv6 => {
            let Ok(mut packet) = Ipv6Packet::new_checked(frame.payload_mut()) else { return };
            let (from, to) = (packet.src_addr().into(), packet.dst_addr().into());
            mend_payload(packet.next_header(), from, to, packet.payload_mut());
        }
        _ => {}
    }
}

fn mend_payload(protocol: IpProtocol, from: IpAddr, to: IpAddr, payload: &mut [u8]) {
    let (source, target) = (from.into(), to.into());
    match (protocol, from, to) {
        (IpProtocol::Tcp, ..) => {
            if let Ok(mut packet) = TcpPacket::new_checked(payload) {
                packet.fill_checksum(&source, &target);
            }
        }
        (IpProtocol::Udp, ..) => {
            if let Ok(mut packet) = UdpPacket::new_checked(payload) {
                packet.fill_checksum(&source, &target);
            }
        }
        (IpProtocol::Icmp, ..) => {
            if let Ok(mut packet) = Icmpv4Packet::new_checked(payload) {
                packet.fill_checksum();
            }
        }
        (IpProtocol::Icmpv6, IpAddr::V6(from), IpAddr::V6(to)) => {
            if let Ok(mut packet) = Icmpv6Packet::new_checked(payload) {
                packet.fill_checksum(&from, &to);
            }
        }
        _ => {}
    }
}
