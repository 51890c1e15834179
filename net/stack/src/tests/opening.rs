//! Connections: how they begin, and how they end.

use alloc::rc::Rc;
use core::{net::SocketAddr, time::Duration};

use embassy_futures::join::join;
use sarab_device::{
    Error as _, ErrorKind, Flow as _, Listener as _, Read, Stack as _, Tcp as _, Write,
};
use sarab_runtime::{now, sleep, timeout};

use super::{
    Conditions, TWO, config, connection, echo_once, mac, pair, pattern, receive_all, run, send,
    start, wire,
};
use crate::{Config, FlowError, StartError, TcpError, tests::receive_exact};

#[test]
fn a_closed_port_refuses() {
    run(1, async {
        let (one, _two) = pair(Conditions::default()).await;
        let remote = SocketAddr::from((TWO, 9));
        let refused = one.tcp().connect(remote).await.err().unwrap();
        assert_eq!(refused, TcpError::Refused(remote));
        assert_eq!(refused.kind(), ErrorKind::Refused);
        assert!(now().since_boot() < Duration::from_secs(1));
    });
}

#[test]
fn an_address_of_nobody_times_out() {
    run(1, async {
        let (one, _two) = pair(Conditions::default()).await;
        let remote = SocketAddr::from(([10, 0, 0, 77], 80));
        let gone = one.tcp().connect(remote).await.err().unwrap();
        assert_eq!(gone, TcpError::TimedOut(remote));
        assert_eq!(now().since_boot().as_secs(), 30);
    });
}

#[test]
fn an_address_beyond_every_route_is_told_at_once() {
    run(1, async {
        let (one, _two) = pair(Conditions::default()).await;
        for remote in ["192.0.2.1:80", "[2001:db8::1]:80", "127.0.0.2:80"] {
            let remote = remote.parse().unwrap();
            let gone = one.tcp().connect(remote).await.err().unwrap();
            assert_eq!(gone, TcpError::Unreachable(remote));
        }
        for remote in ["10.0.0.2:0", "0.0.0.0:80", "10.0.0.255:80", "224.0.0.1:80", "[ff02::1]:80"]
        {
            let remote = remote.parse().unwrap();
            let wrong = one.tcp().connect(remote).await.err().unwrap();
            assert_eq!(wrong.kind(), ErrorKind::InvalidInput, "{remote}");
        }
    });
}

#[test]
fn a_packet_beyond_the_network_goes_to_the_gateway() {
    run(1, async {
        // The gateway has an address of the other network, so that it answers for itself.
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let one = start(left, Config { ipv4_gateway: Some(TWO), ..config(1) }).await;
        let two = start(right, config(2)).await;
        let remote = SocketAddr::from(([192, 0, 2, 1], 80));
        let tcp = one.tcp();
        let tried = timeout(Duration::from_secs(5), tcp.connect(remote)).await;
        assert!(tried.is_err(), "the gateway forwards nothing, so nobody answers");
        echo_once(&one, &two, TWO).await;
    });
}

#[test]
fn a_dropped_attempt_is_given_up() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let tcp = one.tcp();
        let tried =
            timeout(Duration::from_millis(10), tcp.connect(SocketAddr::from(([10, 0, 0, 77], 80))));
        assert!(tried.await.is_err());
        sleep(Duration::from_secs(1)).await;
        echo_once(&one, &two, TWO).await;
    });
}

#[test]
fn each_direction_ends_by_itself() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        send(&mut flow, b"question").await;
        flow.finish().await.unwrap();
        assert_eq!(flow.write(b"more").await, Err(FlowError::Finished));
        assert_eq!(receive_all(&mut accepted).await, b"question");
        send(&mut accepted, b"answer").await;
        accepted.finish().await.unwrap();
        assert_eq!(receive_all(&mut flow).await, b"answer");
        assert_eq!(flow.read(&mut [0; 1]).await, Ok(0));
    });
}

#[test]
fn what_was_finished_arrives_although_the_flow_is_dropped() {
    run(1, async {
        let conditions = Conditions { loss_percent: 20, ..Conditions::default() };
        let (one, two) = pair(conditions).await;
        let data = pattern(40_000);
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        let sending = async {
            send(&mut flow, &data).await;
            flow.finish().await.unwrap();
            drop((flow, one));
        };
        let ((), received) = join(sending, receive_all(&mut accepted)).await;
        assert!(received == data);
    });
}

#[test]
fn what_was_received_is_read_long_after_both_ends_have_finished() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        flow.finish().await.unwrap();
        send(&mut accepted, b"late").await;
        accepted.finish().await.unwrap();
        sleep(Duration::from_mins(2)).await;
        assert_eq!(receive_all(&mut flow).await, b"late");
        assert_eq!(receive_all(&mut accepted).await, b"");
    });
}

#[test]
fn an_unfinished_flow_that_is_dropped_is_reset() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let (flow, mut accepted) = connection(&one, &two, TWO).await;
        let peer = accepted.peer();
        drop(flow);
        let mut buffer = [0; 8];
        assert_eq!(accepted.read(&mut buffer).await, Err(FlowError::Reset(peer)));
        assert_eq!(accepted.write(b"x").await, Err(FlowError::Reset(peer)));
        assert_eq!(accepted.flush().await, Err(FlowError::Reset(peer)));
        assert!(accepted.readable().await.is_err());
        assert!(accepted.finish().await.is_err());
    });
}

#[test]
fn bytes_that_arrived_before_a_reset_are_read() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        send(&mut flow, b"last words").await;
        flow.flush().await.unwrap();
        drop(flow);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(receive_exact(&mut accepted, 10).await, b"last words");
        assert!(accepted.read(&mut [0; 1]).await.is_err());
    });
}

#[test]
fn a_peer_that_falls_silent_is_given_up() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let cut = right.cut();
        let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
        let (mut flow, accepted) = connection(&one, &two, TWO).await;
        cut();
        sleep(Duration::from_hours(1) / 4).await; // being silent is no crime
        let begin = now();
        send(&mut flow, b"anybody?").await;
        let gone = flow.read(&mut [0; 1]).await;
        assert_eq!(gone, Err(FlowError::TimedOut(flow.peer())));
        assert_eq!((now() - begin).as_secs(), 300);
        drop(accepted);
    });
}

#[test]
fn a_card_that_goes_away_ends_everything() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let cut = right.cut();
        let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
        let (_flow, mut accepted) = connection(&one, &two, TWO).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let mut buffer = [0; 8];
        let cutting = async {
            sleep(Duration::from_secs(1)).await;
            cut();
        };
        let (read, ()) = join(accepted.read(&mut buffer), cutting).await;
        assert_eq!(read, Err(FlowError::Down));
        assert!(listener.accept().await.is_err());
        assert!(accepted.flush().await.is_err());
        let tcp = two.tcp();
        let refused = tcp.connect(SocketAddr::from(([10, 0, 0, 1], 80))).await.err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::Disconnected);
    });
}

#[test]
fn flush_waits_until_everything_was_sent() {
    run(1, async {
        let conditions = Conditions { delay: Duration::from_millis(50), ..Conditions::default() };
        let (one, two) = pair(conditions).await;
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        // More than the window of a connection that has just begun, so acknowledgements are needed.
        send(&mut flow, &pattern(60_000)).await;
        let begin = now();
        let (flushed, _) = join(flow.flush(), receive_exact(&mut accepted, 60_000)).await;
        flushed.unwrap();
        assert!(now() - begin >= Duration::from_millis(100));
    });
}

#[test]
fn addresses_that_no_host_can_have_are_told() {
    run(1, async {
        let tries = [
            (Config { ipv4_gateway: Some([10, 1, 0, 1].into()), ..config(1) }, "10.1.0.1"),
            (Config { ipv4: None, ipv4_gateway: Some(TWO), ..config(1) }, "10.0.0.2"),
            (config(255), "10.0.0.255"),
        ];
        for (config, named) in tries {
            let (card, _) = wire(mac(1), mac(2), Conditions::default());
            let error = crate::Stack::start(card, config).await.err().unwrap();
            assert!(alloc::format!("{error}").contains(named), "{error}");
        }
        let group = sarab_device::Mac([1, 0, 0x5e, 0, 0, 1]);
        let (card, _) = wire(group, mac(2), Conditions::default());
        let error = crate::Stack::start(card, config(1)).await.err().unwrap();
        assert_eq!(error, StartError::NotAnAddress(group));
    });
}

#[test]
fn a_stack_that_nobody_holds_gives_its_card_back() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let card = Rc::new(right);
        let watch = Rc::downgrade(&card);
        let one = start(left, config(1)).await;
        let two = crate::Stack::start(card, config(2)).await.unwrap();
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        drop(two);
        send(&mut accepted, b"one more thing").await;
        accepted.finish().await.unwrap();
        drop(accepted);
        sleep(Duration::from_secs(1)).await;
        assert!(watch.upgrade().is_some(), "the other direction is still open");
        assert_eq!(receive_all(&mut flow).await, b"one more thing");
        flow.finish().await.unwrap();
        sleep(Duration::from_secs(20)).await;
        assert!(watch.upgrade().is_none());
    });
}

#[test]
fn a_finished_flow_has_left_the_machine() {
    for seed in 0..8 {
        run(seed, finish_and_look());
    }
}

async fn finish_and_look() {
    let (left, right) = wire(mac(1), mac(2), Conditions::default());
    let sent = right.sent_count();
    let (one, two) = (start(left, config(1)).await, start(right, config(2)).await);
    let (flow, mut accepted) = connection(&one, &two, TWO).await;
    sleep(Duration::from_secs(1)).await;
    let before = sent();
    accepted.write_all(&pattern(1000)).await.unwrap();
    accepted.finish().await.unwrap();
    assert!(sent() > before);
    drop(flow);
}
