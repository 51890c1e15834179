//! Datagrams.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use sarab_device::{Bytes, Error as _, ErrorKind, Stack as _, Udp as _, UdpPort as _};
use sarab_runtime::{sleep, timeout};

use super::{Conditions, ONE, TWO, ipv6, pair, pattern, run};
use crate::UdpError;

/// Sends `data` to the second stack at `address` and back.
async fn there_and_back(address: impl Into<IpAddr>, data: Bytes) {
    let (one, two) = pair(Conditions::default()).await;
    let client = one.udp().bind(0).await.unwrap();
    let server = two.udp().bind(53).await.unwrap();
    client.send_to(data.clone(), SocketAddr::new(address.into(), 53)).await.unwrap();
    let (received, sender) = server.recv_from().await.unwrap();
    assert!(received == data);
    assert_eq!(sender.port(), client.port());
    server.send_to(received, sender).await.unwrap();
    assert!(client.recv_from().await.unwrap().0 == data);
}

#[test]
fn datagrams_arrive_whole_over_both_families() {
    for size in [0, 1, 1452] {
        run(1, there_and_back(TWO, pattern(size).into()));
        run(1, there_and_back(ipv6(2), pattern(size).into()));
    }
}

#[test]
fn long_datagrams_arrive_in_fragments() {
    for size in [1473, 9000, 65507] {
        run(1, there_and_back(TWO, pattern(size).into()));
    }
}

#[test]
fn fragments_may_overtake_each_other() {
    run(1, async {
        let jitter = Duration::from_millis(1);
        let (one, two) = pair(Conditions { jitter, ..Conditions::default() }).await;
        let client = one.udp().bind(0).await.unwrap();
        let server = two.udp().bind(53).await.unwrap();
        let data = Bytes::from(pattern(20_000));
        for _ in 0..20 {
            client.send_to(data.clone(), SocketAddr::from((TWO, 53))).await.unwrap();
            assert!(server.recv_from().await.unwrap().0 == data);
        }
    });
}

#[test]
fn a_datagram_that_is_too_long_is_refused() {
    run(1, async {
        let (one, _two) = pair(Conditions::default()).await;
        let port = one.udp().bind(0).await.unwrap();
        let longest: [(IpAddr, usize); 2] = [(TWO.into(), 65507), (ipv6(2).into(), 1452)];
        for (address, most) in longest {
            let data = Bytes::from(pattern(most + 1));
            let refused = port.send_to(data, SocketAddr::new(address, 9)).await.unwrap_err();
            assert_eq!(refused, UdpError::TooLong { size: most + 1, most });
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        }
        let nowhere = SocketAddr::from(([192, 0, 2, 1], 9));
        let refused = port.send_to(Bytes::new(), nowhere).await.unwrap_err();
        assert_eq!(refused, UdpError::Unreachable(nowhere));
    });
}

#[test]
fn a_neighbor_that_is_not_there_does_not_hold_up_others() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let client = one.udp().bind(0).await.unwrap();
        let server = two.udp().bind(53).await.unwrap();
        for _ in 0..50 {
            client.send_to(Bytes::new(), SocketAddr::from(([10, 0, 0, 77], 53))).await.unwrap();
        }
        client.send_to(Bytes::from_static(b"x"), SocketAddr::from((TWO, 53))).await.unwrap();
        let received = timeout(Duration::from_millis(1), server.recv_from()).await;
        assert_eq!(received.unwrap().unwrap().0, b"x"[..]);
    });
}

#[test]
fn a_neighbor_is_asked_again_after_a_while() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let client = one.udp().bind(0).await.unwrap();
        let server = two.udp().bind(53).await.unwrap();
        for _ in 0..10 {
            client.send_to(Bytes::new(), SocketAddr::from((TWO, 53))).await.unwrap();
            assert_eq!(server.recv_from().await.unwrap().1.ip(), ONE);
            sleep(Duration::from_secs(61)).await;
        }
    });
}

#[test]
fn what_was_sent_before_a_port_closes_arrives() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let server = two.udp().bind(53).await.unwrap();
        let client = one.udp().bind(0).await.unwrap();
        for byte in 0..10 {
            client.send_to(Bytes::from(pattern(byte)), SocketAddr::from((TWO, 53))).await.unwrap();
        }
        drop(client);
        for byte in 0..10 {
            let received = timeout(Duration::from_secs(1), server.recv_from()).await;
            assert_eq!(received.unwrap().unwrap().0, pattern(byte));
        }
    });
}

#[test]
fn a_broadcast_reaches_the_port() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let client = one.udp().bind(0).await.unwrap();
        let server = two.udp().bind(67).await.unwrap();
        for address in ["255.255.255.255:67", "10.0.0.255:67"] {
            client.send_to(Bytes::from_static(b"all"), address.parse().unwrap()).await.unwrap();
            assert_eq!(server.recv_from().await.unwrap().0, b"all"[..]);
        }
    });
}

#[test]
fn a_port_that_does_not_receive_loses_datagrams_and_nothing_else() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let client = one.udp().bind(0).await.unwrap();
        let server = two.udp().bind(53).await.unwrap();
        let to = SocketAddr::from((TWO, 53));
        for _ in 0..2000 {
            client.send_to(Bytes::from(pattern(1000)), to).await.unwrap();
        }
        sleep(Duration::from_secs(1)).await;
        let mut count = 0;
        while let Ok(received) = timeout(Duration::from_secs(1), server.recv_from()).await {
            assert!(received.unwrap().0 == pattern(1000));
            count += 1;
        }
        assert!((60..=66).contains(&count), "{count}");
    });
}
