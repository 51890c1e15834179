//! Two stacks on one wire, in virtual time.

mod answering;
mod bulk;
mod conformance;
mod hostile;
mod listening;
mod noise;
mod offload;
mod opening;
mod udp;
mod wire;

use core::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::vec::Vec;

use embassy_futures::join::join;
use sarab_device::{Flow as _, Listener as _, Mac, Read, Stack as _, Tcp as _, Write};
use sarab_key::Prefix;
use sarab_runtime::{Rehearsal, timeout};

use self::wire::{Card, Conditions, wire};
use crate::{Config, Flow, Stack};

const ONE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const TWO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn config(last: u8) -> Config {
    Config {
        ipv4: Prefix::new(Ipv4Addr::new(10, 0, 0, last), 24),
        ipv6: Prefix::new(ipv6(last), 64),
        ..Config::default()
    }
}

fn ipv6(last: u8) -> core::net::Ipv6Addr {
    core::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last.into())
}

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

/// Runs `test` in virtual time, for no more than an hour of it.
fn run<F: Future>(seed: u64, test: F) -> F::Output {
    let test = async { timeout(Duration::from_hours(1), test).await };
    let rehearsal = Rehearsal::new(seed);
    let result = rehearsal.run(test).expect("the test takes more than an hour of virtual time");
    let errors = rehearsal.errors();
    assert!(!errors.contains("was not sent"), "{errors}");
    result
}

async fn start(card: Card, config: Config) -> Stack {
    Stack::start(card, config).await.unwrap()
}

/// Starts two stacks on a wire.
async fn pair(conditions: Conditions) -> (Stack, Stack) {
    let (left, right) = wire(mac(1), mac(2), conditions);
    (start(left, config(1)).await, start(right, config(2)).await)
}

/// Connects the first stack to the second at `address`.
async fn connection(one: &Stack, two: &Stack, address: impl Into<IpAddr>) -> (Flow, Flow) {
    let listener = two.tcp().listen(0).await.unwrap();
    let remote = SocketAddr::new(address.into(), listener.port());
    let tcp = one.tcp();
    let (flow, accepted) = join(tcp.connect(remote), listener.accept()).await;
    (flow.unwrap(), accepted.unwrap())
}

async fn send(flow: &mut Flow, data: &[u8]) {
    flow.write_all(data).await.unwrap();
}

/// Reads until the peer ends its direction.
async fn receive_all(flow: &mut Flow) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match flow.read(&mut buffer).await.unwrap() {
            0 => return all,
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

async fn receive_exact(flow: &mut Flow, count: usize) -> Vec<u8> {
    let mut all = std::vec![0; count];
    flow.read_exact(&mut all).await.unwrap();
    all
}

/// Bytes of which no two places look the same.
fn pattern(count: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(count).collect()
}

async fn echo_once(one: &Stack, two: &Stack, address: impl Into<IpAddr>) {
    let (mut flow, mut accepted) = connection(one, two, address).await;
    send(&mut flow, b"hello").await;
    let heard = receive_exact(&mut accepted, 5).await;
    send(&mut accepted, &heard).await;
    assert_eq!(receive_exact(&mut flow, 5).await, b"hello");
    let (ended, other) = join(flow.finish(), accepted.finish()).await;
    ended.and(other).unwrap();
}
