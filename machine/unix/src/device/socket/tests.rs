//! The host's sockets: promises, families, ports, ends.

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpStream, UdpSocket},
};

use sarab_device::{Error, ErrorKind, Flow, Listener, Read, Tcp, Udp, UdpPort, Write, check};

use super::*;
use crate::device::testing::on_a_machine;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn stack() -> SocketStack {
    SocketStack::default()
}

#[test]
fn it_keeps_the_promises_of_a_stack_over_ipv4() {
    on_a_machine(async || check::stack(stack(), stack(), V4).await);
}

#[test]
fn it_keeps_the_promises_of_a_stack_over_ipv6() {
    on_a_machine(async || check::stack(stack(), stack(), V6).await);
}

#[test]
fn one_listener_has_both_families_and_names_peers_plainly() {
    on_a_machine(async || {
        let tcp = stack().tcp();
        let listener = tcp.listen(0).await?;
        for address in [V4, V6] {
            let flow = tcp.connect((address, listener.port()).into()).await?;
            let accepted = listener.accept().await?;
            assert_eq!(accepted.peer().ip(), address);
            assert_eq!(flow.peer(), (address, listener.port()).into());
        }
        Ok::<_, SocketError>(())
    });
}

#[test]
fn one_udp_port_has_both_families_and_names_senders_plainly() {
    on_a_machine(async || {
        let port = stack().udp().bind(0).await?;
        for address in [V4, V6] {
            let peer = UdpSocket::bind((address, 0)).expect("a port");
            peer.send_to(b"ping", (address, port.port())).expect("it is sent");
            let (data, sender) = port.recv_from().await?;
            assert_eq!((&data[..], sender), (&b"ping"[..], peer.local_addr().expect("it has one")));
            port.send_to("pong".into(), sender).await?;
            let mut answer = [0; 8];
            assert_eq!(peer.recv(&mut answer).expect("an answer"), 4);
        }
        Ok::<_, SocketError>(())
    });
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    on_a_machine(async || {
        let tcp = stack().tcp();
        let first = tcp.listen(0).await?;
        let port = first.port();
        let error = tcp.listen(port).await.err().expect("it is taken");
        assert_eq!(error.kind(), ErrorKind::InUse);
        let words = format!(
            "port {port} of the host is taken; stop who listens there, or choose another with \
             `--publish HOST:{port}`"
        );
        assert_eq!(error.to_string(), words);
        drop(first);
        tcp.listen(port).await.map(drop)
    });
}

#[test]
fn a_published_port_is_another_one_on_the_host() {
    on_a_machine(async || {
        let free = stack().tcp().listen(0).await?.port();
        let stack = SocketStack::with([(80, (V4, free).into())].into());
        let listener = stack.tcp().listen(80).await?;
        assert_eq!(listener.port(), 80);
        let _flow = stack.tcp().connect((V4, free).into()).await?;
        listener.accept().await?;
        let refused = stack.tcp().connect((V6, free).into()).await.err().expect("IPv4 alone");
        assert_eq!(refused.kind(), ErrorKind::Refused);
        Ok::<_, SocketError>(())
    });
}

#[test]
fn connections_do_not_gather_small_writes() {
    on_a_machine(async || {
        let tcp = stack().tcp();
        let listener = tcp.listen(0).await?;
        let flow = tcp.connect((V4, listener.port()).into()).await?;
        let accepted = listener.accept().await?;
        for flow in [&flow, &accepted] {
            assert_eq!(sockopt::tcp_nodelay(flow.source.get()), Ok(true));
        }
        Ok::<_, SocketError>(())
    });
}

#[test]
fn a_flow_that_is_dropped_unfinished_is_reset() {
    on_a_machine(async || {
        let listener = stack().tcp().listen(0).await?;
        let mut finished = TcpStream::connect((V4, listener.port())).expect("it listens");
        let mut dropped = TcpStream::connect((V4, listener.port())).expect("it listens");
        let mut flow = listener.accept().await?;
        flow.write(b"all").await?;
        flow.finish().await?;
        drop(flow);
        drop(listener.accept().await?);
        let mut got = Vec::new();
        assert_eq!(finished.read_to_end(&mut got).expect("a good end"), 3);
        let reset = dropped.read_to_end(&mut got).expect_err("no good end");
        assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
        Ok::<_, SocketError>(())
    });
}

#[test]
fn hundreds_of_connections_that_come_together_are_all_accepted() {
    on_a_machine(async || {
        let tcp = stack().tcp();
        let listener = tcp.listen(0).await?;
        let address = SocketAddr::new(V4, listener.port());
        let peers: Vec<_> =
            (0..300).map(|_| TcpStream::connect(address).expect("it listens")).collect();
        let mut flows = Vec::new();
        for _ in &peers {
            flows.push(listener.accept().await?);
        }
        drop(peers);
        for mut flow in flows {
            assert_eq!(flow.read(&mut [0; 8]).await?, 0);
        }
        Ok::<_, SocketError>(())
    });
}

#[test]
fn a_datagram_that_is_too_long_is_refused() {
    on_a_machine(async || {
        let port = stack().udp().bind(0).await?;
        let error = port.send_to(vec![0; 70_000].into(), (V4, port.port()).into()).await;
        assert_eq!(error.expect_err("it is too long").kind(), ErrorKind::InvalidInput);
        Ok::<_, SocketError>(())
    });
}
