//! Frames that nobody should send.

use core::{net::SocketAddr, time::Duration};

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

use super::{Conditions, ONE, TWO, config, echo_once, ipv6, mac, noise, pattern, run, start, wire};
use crate::Stack;

/// Answers on port 7 of both protocols, whatever happens.
fn serve(stack: &Stack) {
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
async fn talk(stack: &Stack, address: core::net::IpAddr) {
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

/// Returns a frame to the second stack that opens a connection to `port`, from a host that is not
/// there.
fn opening(port: u16, from_port: u16) -> Bytes {
    let (source, target) = ([10, 0, 0, 200].into(), TWO);
    let segment = TcpRepr {
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
    };
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
    bytes.into()
}

#[test]
fn a_flood_of_openings_leaves_other_ports_alone_and_passes() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let two = start(right, config(2)).await;
        let listener = two.tcp().listen(80).await.unwrap();
        for from_port in 1..2000 {
            left.send(opening(80, from_port)).await.unwrap();
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
