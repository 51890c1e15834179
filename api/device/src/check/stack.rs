//! The conformance suites of [`Tcp`], [`Udp`] and [`Stack`].

use alloc::{format, vec::Vec};
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use embassy_futures::join::join;

use super::{
    Checked, Violation, done, equal,
    flow::{flow, receive, send},
    pattern, poll_once, refused, require, same, together,
};
use crate::{ErrorKind, Flow, Listener, Read, Stack, Tcp, Udp, UdpPort};

const LISTEN: &str = "listening on a free port succeeds";
const CONNECT: &str = "connecting to a port that listens succeeds";
const ACCEPT: &str = "accepting a connection succeeds";
const BIND: &str = "binding a free port succeeds";
const SEND: &str = "a datagram within the limits is sent";
const RECV: &str = "a datagram that was sent arrives";

/// Checks that two hosts keep the promises of [`Tcp`]; `client` reaches `server` at `address`.
///
/// They may be one host.
pub async fn tcp(server: &impl Tcp, client: &impl Tcp, address: IpAddr) -> Result<(), Violation> {
    ports(server).await?;
    connections(server, client, address).await?;
    waiting_connections(server, client, address).await?;
    dropped_accept(server, client, address).await?;
    resets(server, client, address).await?;
    closed_ports(server, client, address).await
}

/// Checks that two hosts keep the promises of [`Udp`]; `client` reaches `server` at `address`.
///
/// They may be one host. The way between them must lose nothing while eight datagrams are on it.
pub async fn udp(server: &impl Udp, client: &impl Udp, address: IpAddr) -> Result<(), Violation> {
    bindings(server).await?;
    datagrams(server, client, address).await?;
    dropped_recv(server, client, address).await
}

/// Checks that two hosts keep the promises of [`Stack`], [`Tcp`] and [`Udp`]; `client` reaches
/// `server` at `address`.
pub async fn stack(
    server: impl Stack,
    client: impl Stack,
    address: IpAddr,
) -> Result<(), Violation> {
    let addresses = server.addresses();
    require(
        "a host that says its addresses says all",
        addresses.is_empty() || addresses.contains(&address),
        || format!("{address} was not in {addresses:?}"),
    )?;
    apart(&server).await?;
    let handles = (server.tcp(), server.udp());
    let clients = (client.tcp().clone(), client.udp().clone());
    // From here on only the handles keep the stacks alive.
    drop((server, client));
    tcp(&handles.0, &clients.0, address).await?;
    udp(&handles.1, &clients.1, address).await
}

async fn apart(stack: &impl Stack) -> Checked {
    let listener = done(LISTEN, stack.tcp().listen(0).await)?;
    let port = stack.udp().bind(listener.port()).await;
    done("the ports of UDP and TCP are apart", port.map(drop))
}

async fn ports(host: &impl Tcp) -> Checked {
    const CHOSEN: &str = "port 0 chooses a free port";
    let first = done(LISTEN, host.listen(0).await)?;
    let second = done(LISTEN, host.listen(0).await)?;
    require(CHOSEN, first.port() != 0 && second.port() != 0, || "it was 0".into())?;
    require(CHOSEN, first.port() != second.port(), || format!("it was {} twice", first.port()))?;
    let port = first.port();
    refused(
        "listening on a port that is taken fails with InUse",
        host.listen(port).await,
        ErrorKind::InUse,
    )?;
    drop(first);
    let again = done("dropping a listener closes its port", host.listen(port).await)?;
    equal("a listener tells the port that was asked for", again.port(), port)
}

async fn connections(server: &impl Tcp, client: &impl Tcp, address: IpAddr) -> Checked {
    let listener = done(LISTEN, server.listen(0).await)?;
    let remote = SocketAddr::new(address, listener.port());
    let (near, far) = connect(client, &listener, remote).await?;
    equal("a flow tells the address it was connected to", near.peer(), remote)?;
    require("an accepted flow tells the port of its peer", far.peer().port() != 0, || {
        "it was 0".into()
    })?;
    let (other_near, other_far) = connect(client, &listener, remote).await?;
    require("each connection has an address of its own", far.peer() != other_far.peer(), || {
        format!("two came from {}", far.peer())
    })?;
    drop(listener);
    flow(near, far).await?;
    flow(other_far, other_near).await
}

/// Connections that arrive wait to be accepted.
async fn waiting_connections(server: &impl Tcp, client: &impl Tcp, address: IpAddr) -> Checked {
    const WAIT: &str = "connections wait to be accepted, with what they sent";
    let listener = done(LISTEN, server.listen(0).await)?;
    let remote = SocketAddr::new(address, listener.port());
    let mut near = Vec::new();
    for number in 0..3 {
        let mut flow = done(CONNECT, client.connect(remote).await)?;
        send(&mut flow, &[number]).await?;
        near.push(flow);
    }
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut flow = done(ACCEPT, listener.accept().await)?;
        seen.extend(receive(&mut flow, 1, &[1]).await?);
    }
    seen.sort_unstable();
    equal(WAIT, seen, (0..3).collect())
}

async fn dropped_accept(server: &impl Tcp, client: &impl Tcp, address: IpAddr) -> Checked {
    const LOSES: &str = "dropping the future of an accept loses no connection";
    let listener = done(LISTEN, server.listen(0).await)?;
    let remote = SocketAddr::new(address, listener.port());
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for number in 0..3 {
        far.extend(poll_once(listener.accept()).await);
        let mut flow = done(CONNECT, client.connect(remote).await)?;
        send(&mut flow, &[number]).await?;
        near.push(flow);
        far.extend(poll_once(listener.accept()).await);
    }
    // Behind them as many as are accepted from here on: they show which were lost.
    while far.len() < 3 {
        let mut flow = done(CONNECT, client.connect(remote).await)?;
        send(&mut flow, &[3]).await?;
        near.push(flow);
        far.push(listener.accept().await);
    }
    let mut seen = Vec::new();
    for flow in far {
        seen.extend(receive(&mut done(ACCEPT, flow)?, 1, &[1]).await?);
    }
    seen.sort_unstable();
    equal(LOSES, seen, (0..3).collect())
}

/// A flow that is dropped without an end does not look like one that was finished.
async fn resets(server: &impl Tcp, client: &impl Tcp, address: IpAddr) -> Checked {
    const RESET: &str = "dropping a flow without finish resets it";
    let listener = done(LISTEN, server.listen(0).await)?;
    let remote = SocketAddr::new(address, listener.port());
    let (near, mut far) = connect(client, &listener, remote).await?;
    drop(near);
    let read = far.read(&mut [0; 16]).await;
    require(RESET, read.is_err(), || format!("the peer read {read:?}"))?;
    let (mut near, far) = connect(client, &listener, remote).await?;
    drop(far);
    let read = near.read(&mut [0; 16]).await;
    require(RESET, read.is_err(), || format!("the peer read {read:?}"))
}

async fn closed_ports(server: &impl Tcp, client: &impl Tcp, address: IpAddr) -> Checked {
    const CLOSED: &str = "connecting where nobody listens fails with Refused";
    let listener = done(LISTEN, server.listen(0).await)?;
    let remote = SocketAddr::new(address, listener.port());
    let mut waiting = done(CONNECT, client.connect(remote).await)?;
    drop(listener);
    refused(CLOSED, client.connect(remote).await, ErrorKind::Refused)?;
    let read = waiting.read(&mut [0; 16]).await;
    require("dropping a listener resets what waits to be accepted", read.is_err(), || {
        format!("the peer read {read:?}")
    })?;
    let listener = done(LISTEN, server.listen(remote.port()).await)?;
    drop(poll_once(client.connect(remote)).await);
    drop(listener);
    refused(CLOSED, client.connect(remote).await, ErrorKind::Refused)
}

async fn connect<C: Tcp, L: Listener>(
    client: &C,
    listener: &L,
    remote: SocketAddr,
) -> Result<(C::Flow, L::Flow), Violation> {
    let (near, far) = join(client.connect(remote), listener.accept()).await;
    Ok((done(CONNECT, near)?, done(ACCEPT, far)?))
}

async fn bindings(host: &impl Udp) -> Checked {
    const CHOSEN: &str = "port 0 chooses a free port";
    let first = done(BIND, host.bind(0).await)?;
    let second = done(BIND, host.bind(0).await)?;
    require(CHOSEN, first.port() != 0 && first.port() != second.port(), || {
        format!("they were {} and {}", first.port(), second.port())
    })?;
    let port = first.port();
    refused(
        "binding a port that is taken fails with InUse",
        host.bind(port).await,
        ErrorKind::InUse,
    )?;
    drop(first);
    let again = done("dropping a port closes it", host.bind(port).await)?;
    equal("a port tells the number that was asked for", again.port(), port)
}

async fn datagrams(server: &impl Udp, client: &impl Udp, address: IpAddr) -> Checked {
    const WHOLE: &str = "a datagram arrives whole: one send is one receive";
    const LONG: &str = "a datagram longer than one can be is refused with InvalidInput";
    let near = done(BIND, client.bind(0).await)?;
    let far = done(BIND, server.bind(0).await)?;
    let remote = SocketAddr::new(address, far.port());
    refused(LONG, near.send_to(pattern(1, 65_536), remote).await, ErrorKind::InvalidInput)?;
    for size in [1, 0, 512, 1200, 2] {
        let data = pattern(size as u64, size);
        done(SEND, near.send_to(data.clone(), remote).await)?;
        let (got, sender) = done(RECV, far.recv_from().await)?;
        same(WHOLE, &got, &data)?;
        equal("a datagram comes with its sender's port", sender.port(), near.port())?;
        done(SEND, far.send_to(data.clone(), sender).await)?;
        let (got, sender) = done(RECV, near.recv_from().await)?;
        same(WHOLE, &got, &data)?;
        equal("an answer comes from the address that was asked", sender, remote)?;
    }
    let sends = together((0..8).map(|number| near.send_to(pattern(number, 10), remote))).await;
    sends.into_iter().try_for_each(|sent| done(SEND, sent))?;
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(done(RECV, far.recv_from().await)?.0);
    }
    sorted_are("datagrams may be sent at the same time", seen, 8)
}

async fn dropped_recv(server: &impl Udp, client: &impl Udp, address: IpAddr) -> Checked {
    const LOSES: &str = "dropping the future of a recv_from loses no datagram";
    let near = done(BIND, client.bind(0).await)?;
    let far = done(BIND, server.bind(0).await)?;
    let remote = SocketAddr::new(address, far.port());
    let mut seen = Vec::new();
    for number in 0..8 {
        seen.extend(poll_once(far.recv_from()).await);
        done(SEND, near.send_to(pattern(number, 10), remote).await)?;
        seen.extend(poll_once(far.recv_from()).await);
    }
    // Behind them another eight, of which as many are read as were lost: they show which.
    while seen.len() < 8 {
        done(SEND, near.send_to(pattern(8, 10), remote).await)?;
        seen.push(far.recv_from().await);
    }
    let seen = seen.into_iter().map(|got| done(RECV, got).map(|(data, _)| data));
    sorted_are(LOSES, seen.collect::<Result<_, _>>()?, 8)
}

/// Holds the datagrams seen to the first `count` patterns, in any order.
fn sorted_are(promise: &'static str, mut seen: Vec<Bytes>, count: u64) -> Checked {
    let mut expected: Vec<Bytes> = (0..count).map(|number| pattern(number, 10)).collect();
    expected.sort();
    seen.sort();
    require(promise, seen == expected, || {
        let missing = expected.iter().filter(|data| !seen.contains(data)).count();
        format!("{missing} of {count} were missing")
    })
}
