//! Cards that compute checksums and cut segments.

use core::net::IpAddr;
use std::vec::Vec;

use embassy_futures::{join::join, join::join4};
use sarab_device::{
    Bytes, Checksum, Flow as _, IpVersion, Listener as _, Net as _, Packet, Segmentation,
    Stack as _, Tcp as _, check,
};
use sarab_runtime::{sleep, timeout};
use smoltcp::wire::{Ipv4Packet, TcpPacket};

use super::{
    Card, Conditions, Duration, ONE, TWO, config, connection, echo_once,
    hostile::{carry, cut, following, opening, serve, shake_hands, talk},
    ipv6, mac, pattern, receive_all, receive_exact, run, send, start,
    wire::{OFFLOADS, wire},
};
use crate::Stack;

/// Bytes of a transfer.
const SIZE: usize = 300_000;

fn cards(conditions: Conditions) -> (Card, Card) {
    let (mut left, mut right) = wire(mac(1), mac(2), conditions);
    (left.offloads, right.offloads) = (OFFLOADS, OFFLOADS);
    (left, right)
}

async fn pair(conditions: Conditions) -> (Stack, Stack) {
    let (left, right) = cards(conditions);
    (start(left, config(1)).await, start(right, config(2)).await)
}

/// Sends many bytes from the first stack to the second.
async fn transfer(one: &Stack, two: &Stack, address: IpAddr) {
    let (mut flow, mut accepted) = connection(one, two, address).await;
    let data = pattern(SIZE);
    let sending = async {
        send(&mut flow, &data).await;
        flow.finish().await.unwrap();
    };
    assert!(join(sending, receive_all(&mut accepted)).await.1 == data);
}

#[test]
fn a_large_write_leaves_as_large_segments_to_be_cut_to_the_peers_size() {
    for (address, version, header_bytes, mss) in
        [(IpAddr::from(TWO), IpVersion::V4, 54, 1360), (ipv6(2).into(), IpVersion::V6, 74, 1340)]
    {
        run(1, async {
            let (left, mut right) = cards(Conditions::default());
            right.mtu = 1400;
            let seen = left.seen();
            let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
            transfer(&one, &two, address).await;
            let seen = seen();
            let long: Vec<_> = seen.iter().filter(|it| it.segmentation.is_some()).collect();
            let expected = Segmentation { version, header_bytes, segment_bytes: mss };
            for packet in &long {
                assert_eq!(packet.segmentation, Some(expected));
                let start = header_bytes - 20;
                assert_eq!(packet.checksum, Checksum::Partial { start, offset: 16 });
            }
            assert!(long.iter().any(|it| it.frame.len() > 10_000), "{}", long.len());
            assert!(seen.len() < 60, "{}", seen.len());
        });
    }
}

#[test]
fn a_peer_that_takes_more_than_the_card_carries_gets_what_the_card_carries() {
    run(1, async {
        let (mut left, right) = cards(Conditions::default());
        left.mtu = 1280;
        let seen = left.seen();
        let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
        transfer(&one, &two, TWO.into()).await;
        let sizes = seen().into_iter().filter_map(|it| it.segmentation);
        assert!(sizes.map(|it| it.segment_bytes).all(|size| size == 1240));
    });
}

#[test]
fn what_is_announced_is_what_the_card_carries() {
    run(1, async {
        let (left, right) = cards(Conditions::default());
        let seen = (left.seen(), right.seen());
        let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
        transfer(&one, &two, TWO.into()).await;
        for seen in [seen.0(), seen.1()] {
            let announced = seen.iter().filter_map(|packet| announced(&packet.frame));
            assert_eq!(announced.collect::<Vec<_>>(), [1460]);
        }
    });
}

/// Returns the maximum segment size in the SYN that `frame` carries, if it does.
fn announced(frame: &[u8]) -> Option<u16> {
    let packet = Ipv4Packet::new_checked(&frame[14..]).ok()?;
    let segment = TcpPacket::new_checked(packet.payload()).ok().filter(TcpPacket::syn)?;
    let option = segment.options().windows(4).find(|it| it[..2] == [2, 4])?;
    Some(u16::from_be_bytes([option[2], option[3]]))
}

#[test]
fn a_bad_wire_is_survived_as_without_offloads() {
    for seed in 1..4 {
        run(seed, async {
            let delay = Duration::from_millis(2);
            let jitter = Duration::from_millis(1);
            let (one, two) = pair(Conditions { delay, jitter, loss_percent: 5 }).await;
            transfer(&one, &two, TWO.into()).await;
            transfer(&two, &one, ipv6(1).into()).await;
        });
    }
}

#[test]
fn the_promises_of_a_stack_are_kept_with_offloads() {
    for address in [TWO.into(), ipv6(2).into()] {
        run(1, async {
            let (one, two) = pair(Conditions::default()).await;
            check::stack(two, one, address).await.unwrap();
        });
    }
    run(2, async {
        let (one, _) = pair(Conditions::default()).await;
        check::stack(one.clone(), one, ONE.into()).await.unwrap();
    });
}

#[test]
fn a_host_can_send_much_to_itself() {
    run(1, async {
        let (one, _) = pair(Conditions::default()).await;
        for address in ["127.0.0.1", "::1", "10.0.0.1", "fd00::1"] {
            transfer(&one, &one, address.parse().unwrap()).await;
        }
    });
}

#[test]
fn noise_breaks_no_stack_with_offloads() {
    for seed in 0..3 {
        run(seed, async {
            let (left, right) = cards(Conditions::default());
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
            sleep(Duration::from_mins(5)).await;
            echo_once(&one, &two, TWO).await;
        });
    }
}

/// Returns a frame whose TCP has a wrong checksum, with what the card says of it.
fn wrong(frame: &[u8], checksum: Checksum) -> Packet {
    let mut frame = Vec::from(frame);
    frame[34 + 16] ^= 0x55;
    Packet { frame: frame.into(), checksum, segmentation: None }
}

/// Sends ten bytes with a wrong checksum of which the card says `checksum`, in a connection; tells
/// whether they arrive.
async fn arrives(checksum: Checksum) -> bool {
    let (card, right) = cards(Conditions::default());
    let two = start(right, config(2)).await;
    let listener = two.tcp().listen(80).await.unwrap();
    let next = shake_hands(&card).await;
    let mut flow = listener.accept().await.unwrap();
    let frame = carry(&following(1, next, &[7; 10]), ONE);
    card.send_packet(wrong(&frame, checksum)).await.unwrap();
    timeout(Duration::from_secs(1), receive_exact(&mut flow, 10)).await.is_ok()
}

#[test]
fn a_wrong_checksum_is_found_unless_the_card_vouches_for_it() {
    run(1, async {
        assert!(!arrives(Checksum::Complete).await);
        assert!(arrives(Checksum::Verified).await);
        assert!(arrives(Checksum::Partial { start: 34, offset: 16 }).await);
        // What the card says of the place is for who completes it.
        assert!(arrives(Checksum::Partial { start: 65535, offset: 65535 }).await);
    });
}

#[test]
fn the_first_segment_of_a_connection_is_checked_as_well() {
    run(1, async {
        let (card, right) = cards(Conditions::default());
        let answers = right.sent_count();
        let two = start(right, config(2)).await;
        let _listener = two.tcp().listen(80).await.unwrap();
        card.send(super::answering::announcement()).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let before = answers();
        let frame = carry(&opening(80, 9), ONE);
        card.send_packet(wrong(&frame, Checksum::Complete)).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(answers(), before);
        card.send_packet(wrong(&frame, Checksum::Verified)).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(answers(), before + 1);
    });
}

#[test]
fn nothing_that_is_said_of_a_fragment_counts() {
    run(1, async {
        let (card, right) = cards(Conditions::default());
        let two = start(right, config(2)).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let next = shake_hands(&card).await;
        let mut flow = listener.accept().await.unwrap();
        let data = pattern(1000);
        let frame = carry(&following(1, next, &data), ONE);
        let send_in_fragments = async |frame: &[u8]| {
            for fragment in cut(frame, 512) {
                let plain = Packet::from(Bytes::from(fragment));
                let packet = Packet { checksum: Checksum::Verified, ..plain };
                card.send_packet(packet).await.unwrap();
            }
        };
        send_in_fragments(&wrong(&frame, Checksum::Verified).frame).await;
        let second = Duration::from_secs(1);
        assert!(timeout(second, receive_exact(&mut flow, 1000)).await.is_err());
        send_in_fragments(&frame).await;
        assert!(timeout(second, receive_exact(&mut flow, 1000)).await.unwrap() == data);
    });
}
