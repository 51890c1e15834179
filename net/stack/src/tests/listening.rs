//! Ports, and the connections that wait there.

use core::{net::SocketAddr, time::Duration};
use std::vec::Vec;

use embassy_futures::join::{join, join_array};
use sarab_device::{Error as _, ErrorKind, Flow as _, Listener as _, Stack as _, Tcp as _};
use sarab_runtime::{sleep, spawn, timeout};

use super::{
    Conditions, TWO, config, connection, mac, pair, pattern, receive_all, receive_exact, run, send,
    start, wire,
};
use crate::{Config, TcpError};

#[test]
fn two_hundred_connections_at_once_each_get_their_own_answer() {
    run(7, async {
        let (one, two) = pair(Conditions::default()).await;
        let listener = two.tcp().listen(80).await.unwrap();
        drop(spawn(async move {
            loop {
                let mut flow = listener.accept().await.unwrap();
                drop(spawn(async move {
                    let all = receive_all(&mut flow).await;
                    send(&mut flow, &all).await;
                    flow.finish().await.unwrap();
                }));
            }
        }));
        let clients: Vec<_> = (0..200_usize)
            .map(|number| {
                let tcp = one.tcp();
                spawn(async move {
                    let mut flow = tcp.connect(SocketAddr::from((TWO, 80))).await.unwrap();
                    let data = pattern(number * 100);
                    send(&mut flow, &data).await;
                    flow.finish().await.unwrap();
                    assert!(receive_all(&mut flow).await == data, "connection {number}");
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}

#[test]
fn a_full_backlog_makes_the_next_one_wait() {
    run(1, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        let one = start(left, config(1)).await;
        let two = start(right, Config { backlog: 2, ..config(2) }).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let tcp = one.tcp();
        let remote = SocketAddr::from((TWO, 80));
        let waiting = [tcp.connect(remote).await.unwrap(), tcp.connect(remote).await.unwrap()];
        assert!(timeout(Duration::from_millis(900), tcp.connect(remote)).await.is_err());
        let accepting = async {
            sleep(Duration::from_millis(500)).await;
            listener.accept().await.unwrap()
        };
        let (third, first) = join(tcp.connect(remote), accepting).await;
        third.unwrap();
        assert_eq!(first.peer().ip(), super::ONE);
        drop(waiting);
    });
}

#[test]
fn a_connection_reset_before_it_was_accepted_is_passed_over() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let tcp = one.tcp();
        let remote = SocketAddr::from((TWO, 80));
        drop(tcp.connect(remote).await.unwrap());
        let mut flow = tcp.connect(remote).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let mut accepted = listener.accept().await.unwrap();
        send(&mut flow, b"here").await;
        assert_eq!(receive_exact(&mut accepted, 4).await, b"here");
    });
}

#[test]
fn a_port_is_taken_once() {
    run(1, async {
        let (one, _two) = pair(Conditions::default()).await;
        let listener = one.tcp().listen(80).await.unwrap();
        let taken = one.tcp().listen(80).await.err().unwrap();
        assert_eq!(taken, TcpError::InUse(80));
        assert_eq!(taken.kind(), ErrorKind::InUse);
        drop(listener);
        assert_eq!(one.tcp().listen(80).await.unwrap().port(), 80);
        let chosen = one.tcp().listen(0).await.unwrap().port();
        assert!(chosen >= 49152);
    });
}

#[test]
fn a_dropped_listener_resets_those_that_wait() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let tcp = one.tcp();
        let remote = SocketAddr::from((TWO, 80));
        let mut flow = tcp.connect(remote).await.unwrap();
        drop(listener);
        assert!(flow.readable().await.is_err());
        assert_eq!(tcp.connect(remote).await.err(), Some(TcpError::Refused(remote)));
    });
}

#[test]
fn several_tasks_may_accept() {
    run(3, async {
        let (one, two) = pair(Conditions::default()).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let tcp = one.tcp();
        let connecting = async {
            let flows = [(); 3].map(|()| tcp.connect(SocketAddr::from((TWO, 80))));
            join_array(flows).await
        };
        let accepting = join_array([(); 3].map(|()| listener.accept()));
        let (connected, accepted) = join(connecting, accepting).await;
        assert!(connected.iter().all(Result::is_ok) && accepted.iter().all(Result::is_ok));
    });
}

#[test]
fn more_connections_than_are_remembered_can_end() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let tcp = one.tcp();
        for _ in 0..600 {
            let connecting = tcp.connect(SocketAddr::from((TWO, 80)));
            let (flow, accepted) = join(connecting, listener.accept()).await;
            let (mut flow, mut accepted) = (flow.unwrap(), accepted.unwrap());
            flow.finish().await.unwrap();
            assert_eq!(receive_all(&mut accepted).await, b"");
            accepted.finish().await.unwrap();
        }
    });
}

#[test]
fn a_connection_sees_nothing_of_those_before_it() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        for round in 0..40 {
            let (mut left, mut right) = connection(&one, &two, TWO).await;
            send(&mut left, &[round; 3000]).await;
            send(&mut right, &[round; 2000]).await;
            if round % 2 == 0 {
                // What was sent stays where it is: nobody reads it.
                continue;
            }
            left.finish().await.unwrap();
            right.finish().await.unwrap();
            assert_eq!(receive_all(&mut right).await, [round; 3000]);
            assert_eq!(receive_all(&mut left).await, [round; 2000]);
        }
    });
}
