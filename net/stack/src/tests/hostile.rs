//! Frames that nobody should send.

use core::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::vec::Vec;

use embassy_futures::{
    join::{join, join4},
    select::{Either, select},
};
use sarab_device::{
    Bytes, Flow as _, Listener as _, Net as _, Read, Stack as _, Tcp as _, Udp as _, UdpPort as _,
    Write,
};
use sarab_runtime::{sleep, spawn, timeout};
use smoltcp::{
    phy::ChecksumCapabilities,
    wire::{
        EthernetAddress, EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet, Ipv4Repr,
        TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
    },
};

use super::{
    Card, Conditions, ONE, TWO, answering, config, echo_once, ipv6, mac, noise, pattern,
    receive_exact, run, start, wire,
};
use crate::Stack;

/// Answers on port 7 of both protocols, whatever happens.
pub(super) fn serve(stack: &Stack) {
    let (tcp, udp) = (stack.tcp(), stack.udp());
    drop(spawn(async move {
        let listener = tcp.listen(7).await.unwrap();
        loop {
            let mut flow = listener.accept().await.unwrap();
            drop(spawn(async move {
                let mut buffer = [0; 1000];
                while let Ok(count @ 1..) = flow.read(&mut buffer).await {
                    if flow.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
                let _ = flow.finish().await;
            }));
        }
    }));
    drop(spawn(async move {
        let port = udp.bind(7).await.unwrap();
        loop {
            let (data, sender) = port.recv_from().await.unwrap();
            let _ = port.send_to(data, sender).await;
        }
    }));
}

/// Talks to port 7 in every way, and does not mind failing.
pub(super) async fn talk(stack: &Stack, address: core::net::IpAddr) {
    let (tcp, udp) = (stack.tcp(), stack.udp());
    let remote = SocketAddr::new(address, 7);
    let talking = async {
        for length in [10, 3000, 100_000] {
            let Ok(mut flow) = tcp.connect(remote).await else { continue };
            let data = pattern(length);
            let mut buffer = [0; 1000];
            let _ = select(flow.write_all(&data), sleep(Duration::from_secs(20))).await;
            while let Ok(Ok(1..)) = timeout(Duration::from_secs(5), flow.read(&mut buffer)).await {}
            let _ = timeout(Duration::from_secs(5), flow.finish()).await;
        }
    };
    let shouting = async {
        let port = udp.bind(0).await.unwrap();
        for length in [0, 100, 1400, 5000] {
            let _ = port.send_to(Bytes::from(pattern(length)), remote).await;
            let _ = timeout(Duration::from_secs(1), port.recv_from()).await;
        }
    };
    let _ = select(join(talking, shouting), sleep(Duration::from_mins(5))).await;
}

#[test]
fn noise_on_the_wire_breaks_no_stack() {
    for seed in 0..6 {
        run(seed, async {
            let (left, right) = wire(mac(1), mac(2), Conditions::default());
            let noises = (left.noise(), right.noise());
            let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
            serve(&one);
            serve(&two);
            noises.0(3);
            noises.1(3);
            let (v4, v6) = (TWO.into(), ipv6(2).into());
            join4(talk(&one, v4), talk(&one, v6), talk(&two, v4), talk(&two, ipv6(1).into())).await;
            noises.0(0);
            noises.1(0);
            // What the noise made them believe of each other's cards is asked again by then.
            sleep(Duration::from_mins(5)).await;
            echo_once(&one, &two, TWO).await;
            echo_once(&two, &one, ipv6(1)).await;
        });
    }
}

#[test]
fn a_hundred_thousand_invented_frames_break_no_stack() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let two = start(right, config(2)).await;
        serve(&two);
        for _ in 0..1000 {
            for _ in 0..100 {
                left.send(noise::invent()).await.unwrap();
            }
            sleep(Duration::from_millis(1)).await;
            while let Either::First(Ok(_)) = select(left.recv(), async {}).await {}
        }
        let one = start(left, config(1)).await;
        sleep(Duration::from_mins(5)).await;
        echo_once(&one, &two, TWO).await;
        echo_once(&one, &two, ipv6(2)).await;
    });
}

/// Returns the beginning of a connection to `port`.
pub(super) fn opening(port: u16, from_port: u16) -> TcpRepr<'static> {
    TcpRepr {
        src_port: from_port,
        dst_port: port,
        control: TcpControl::Syn,
        seq_number: TcpSeqNumber(0),
        ack_number: None,
        window_len: 1000,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    }
}

/// Returns a frame that carries `segment` to the second stack from the host `from`.
pub(super) fn carry(segment: &TcpRepr<'_>, from: Ipv4Addr) -> Vec<u8> {
    let (source, target) = (from, TWO);
    let header = Ipv4Repr {
        src_addr: source,
        dst_addr: target,
        next_header: IpProtocol::Tcp,
        payload_len: segment.buffer_len(),
        hop_limit: 64,
    };
    let mut bytes = std::vec![0; 14 + header.buffer_len() + segment.buffer_len()];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    frame.set_dst_addr(EthernetAddress(mac(2).0));
    frame.set_src_addr(EthernetAddress(mac(1).0));
    frame.set_ethertype(EthernetProtocol::Ipv4);
    let checks = ChecksumCapabilities::default();
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    header.emit(&mut packet, &checks);
    let mut view = TcpPacket::new_unchecked(packet.payload_mut());
    segment.emit(&mut view, &source.into(), &target.into(), &checks);
    bytes
}

/// Cuts the packet of a frame in two fragments, the first with `size` bytes behind its header.
pub(super) fn cut(frame: &[u8], size: usize) -> [Vec<u8>; 2] {
    let payload = &frame[34..];
    [(0, size), (size, payload.len())].map(|(start, end)| {
        let mut fragment = [&frame[..34], &payload[start..end]].concat();
        let mut packet = Ipv4Packet::new_unchecked(&mut fragment[14..]);
        packet.set_total_len(u16::try_from(20 + end - start).unwrap());
        packet.set_ident(7);
        packet.set_dont_frag(false);
        packet.set_more_frags(end < payload.len());
        packet.set_frag_offset(u16::try_from(start).unwrap());
        packet.fill_checksum();
        fragment
    })
}

/// Returns the next segment that the second stack sends: its control, its sequence number and what
/// it acknowledges.
pub(super) async fn next_segment(card: &Card) -> (TcpControl, i32, Option<i32>) {
    loop {
        let frame = timeout(Duration::from_secs(5), card.recv()).await.unwrap().unwrap();
        let frame = EthernetFrame::new_checked(&frame[..]).unwrap();
        if frame.ethertype() != EthernetProtocol::Ipv4 {
            continue;
        }
        let packet = Ipv4Packet::new_checked(frame.payload()).unwrap();
        let segment = TcpPacket::new_checked(packet.payload()).unwrap();
        let (source, target) = (packet.src_addr().into(), packet.dst_addr().into());
        let segment =
            TcpRepr::parse(&segment, &source, &target, &ChecksumCapabilities::default()).unwrap();
        return (segment.control, segment.seq_number.0, segment.ack_number.map(|it| it.0));
    }
}

/// Opens a connection from the first host to port 80 of the second; returns the sequence number that
/// comes next there.
pub(super) async fn shake_hands(card: &Card) -> i32 {
    card.send(answering::announcement()).await.unwrap();
    card.send(carry(&opening(80, 9), ONE).into()).await.unwrap();
    let (control, sequence, acknowledged) = next_segment(card).await;
    assert_eq!((control, acknowledged), (TcpControl::Syn, Some(1)));
    let next = sequence.wrapping_add(1);
    card.send(carry(&following(1, next, &[]), ONE).into()).await.unwrap();
    next
}

/// Returns a segment of an open connection.
pub(super) fn following(sequence: i32, acknowledged: i32, payload: &[u8]) -> TcpRepr<'_> {
    TcpRepr {
        control: TcpControl::Psh,
        seq_number: TcpSeqNumber(sequence),
        ack_number: Some(TcpSeqNumber(acknowledged)),
        payload,
        ..opening(80, 9)
    }
}

#[test]
fn a_segment_in_fragments_arrives_whole() {
    run(1, async {
        let (card, right) = wire(mac(1), mac(2), Conditions::default());
        let two = start(right, config(2)).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let next = shake_hands(&card).await;
        let mut flow = listener.accept().await.unwrap();
        let data = pattern(1000);
        for fragment in cut(&carry(&following(1, next, &data), ONE), 512) {
            card.send(fragment.into()).await.unwrap();
        }
        let received = timeout(Duration::from_secs(1), receive_exact(&mut flow, 1000)).await;
        assert!(received.unwrap() == data);
    });
}

#[test]
fn a_peer_that_never_ends_its_direction_is_left_after_a_minute() {
    run(1, async {
        let (card, right) = wire(mac(1), mac(2), Conditions::default());
        let two = start(right, config(2)).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let next = shake_hands(&card).await;
        let mut flow = listener.accept().await.unwrap();
        flow.finish().await.unwrap();
        drop(flow);
        let alive: Bytes = carry(&following(1, next.wrapping_add(1), &[]), ONE).into();
        for _ in 0..5 {
            card.send(alive.clone()).await.unwrap();
            sleep(Duration::from_secs(20)).await;
        }
        assert_eq!(next_segment(&card).await.0, TcpControl::Fin);
        assert_eq!(next_segment(&card).await.0, TcpControl::Rst);
    });
}

#[test]
fn answers_that_the_card_does_not_take_are_dropped() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let sent = right.sent_count();
        let let_go = right.stop();
        let _two = start(right, config(2)).await;
        left.send(answering::announcement()).await.unwrap();
        for from_port in 1..=10_000 {
            left.send(carry(&opening(81, from_port), ONE).into()).await.unwrap();
        }
        sleep(Duration::from_secs(1)).await;
        let_go();
        sleep(Duration::from_secs(1)).await;
        assert!((100..=2000).contains(&sent()), "{}", sent());
    });
}

#[test]
fn a_flood_of_openings_leaves_other_ports_alone_and_passes() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let two = start(right, config(2)).await;
        let listener = two.tcp().listen(80).await.unwrap();
        for from_port in 1..2000 {
            let nobody = Ipv4Addr::new(10, 0, 0, 200);
            left.send(carry(&opening(80, from_port), nobody).into()).await.unwrap();
        }
        let one = start(left, config(1)).await;
        echo_once(&one, &two, TWO).await;
        let tcp = one.tcp();
        let flooded = SocketAddr::from((TWO, 80));
        assert!(timeout(Duration::from_secs(20), tcp.connect(flooded)).await.is_err());
        sleep(Duration::from_secs(20)).await;
        let (flow, accepted) = join(tcp.connect(flooded), listener.accept()).await;
        assert_eq!(flow.unwrap().peer(), flooded);
        assert_eq!(accepted.unwrap().peer().ip(), ONE);
    });
}
