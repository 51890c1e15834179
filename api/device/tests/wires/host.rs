//! A host in memory that talks to itself: its TCP, and the suites of TCP, UDP and stacks.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
};

use embassy_futures::yield_now;
use sarab_device::{ErrorKind, Listener, Stack, Tcp, check};

use super::{
    Fails, caught,
    port::Datagram,
    run,
    stream::{End, ends},
};

pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// TCP of the one host there is.
#[derive(Clone)]
pub(super) struct Connections {
    flaw: &'static str,
    waiting: Rc<RefCell<BTreeMap<u16, VecDeque<End>>>>,
    clients: Rc<Cell<u16>>,
}

/// One of its open ports.
pub(super) struct Door {
    number: u16,
    host: Connections,
}

/// The host.
pub(super) struct Host {
    tcp: Connections,
    udp: Datagram,
}

pub(super) fn host(flaw: &'static str) -> Host {
    Host {
        tcp: Connections { flaw, waiting: Rc::default(), clients: Rc::new(Cell::new(50_000)) },
        udp: Datagram { flaw, ports: Rc::default() },
    }
}

impl Connections {
    fn has(&self, flaw: &str) -> bool {
        self.flaw == flaw
    }
}

impl Tcp for Connections {
    type Error = Fails;

    type Flow = End;

    type Listener = Door;

    async fn connect(&self, remote: SocketAddr) -> Result<End, Fails> {
        yield_now().await;
        let mut waiting = self.waiting.borrow_mut();
        let Some(port) = waiting.get_mut(&remote.port()) else {
            let is_wrong = self.has("times out where nobody listens");
            return Err(Fails(if is_wrong { ErrorKind::TimedOut } else { ErrorKind::Refused }));
        };
        if !self.has("has one client only") {
            self.clients.set(self.clients.get() + 1);
        }
        let client = SocketAddr::new(ADDRESS, self.clients.get());
        let server = if self.has("names another peer") { client } else { remote };
        let (near, far) = ends(self.flaw, [server, client]);
        port.push_back(far);
        Ok(near)
    }

    async fn listen(&self, port: u16) -> Result<Door, Fails> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.contains_key(&port) && !self.has("listens twice") {
            return Err(Fails(ErrorKind::InUse));
        }
        let chosen = (30_000..=u16::MAX).find(|port| !waiting.contains_key(port)).unwrap();
        let number = if port == 0 { chosen } else { port };
        waiting.insert(number, VecDeque::new());
        Ok(Door { number, host: self.clone() })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        match self.host.flaw {
            "keeps the port of what was dropped" => {}
            _ => drop(self.host.waiting.borrow_mut().remove(&self.number)),
        }
    }
}

impl Listener for Door {
    type Error = Fails;

    type Flow = End;

    fn port(&self) -> u16 {
        if self.host.has("says port 0") { 0 } else { self.number }
    }

    async fn accept(&self) -> Result<End, Fails> {
        loop {
            let next = self.host.waiting.borrow_mut().get_mut(&self.number).unwrap().pop_front();
            if let Some(flow) = next {
                if self.host.has("loses what a dropped accept took") {
                    yield_now().await;
                }
                return Ok(flow);
            }
            yield_now().await;
        }
    }
}

impl Stack for Host {
    type Tcp = Connections;

    type Udp = Datagram;

    fn tcp(&self) -> Connections {
        self.tcp.clone()
    }

    fn udp(&self) -> Datagram {
        let shared = self.tcp.waiting.borrow();
        if self.tcp.has("shares its ports") {
            let taken = shared.keys().map(|port| (*port, VecDeque::new()));
            self.udp.ports.borrow_mut().extend(taken);
        }
        self.udp.clone()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        let is_wrong = self.tcp.has("says another address");
        vec![if is_wrong { Ipv4Addr::new(10, 0, 0, 2).into() } else { ADDRESS }]
    }
}

fn tcp(flaw: &'static str) -> impl Future<Output = Result<(), check::Violation>> {
    let tcp = host(flaw).tcp();
    async move { check::tcp(&tcp, &tcp, ADDRESS).await }
}

fn udp(flaw: &'static str) -> impl Future<Output = Result<(), check::Violation>> {
    let udp = host(flaw).udp();
    async move { check::udp(&udp, &udp, ADDRESS).await }
}

fn stack(flaw: &'static str) -> impl Future<Output = Result<(), check::Violation>> {
    // Two handles on one host, as a unikernel that talks to itself has them.
    let host = Rc::new(host(flaw));
    check::stack(Rc::clone(&host), host, ADDRESS)
}

#[test]
fn a_host_keeps_its_promises() {
    assert_eq!(run(stack("none")), Ok(()));
}

#[test]
fn every_flaw_of_tcp_is_found() {
    let refused = "connecting where nobody listens fails with Refused";
    let flaws = [
        ("says port 0", "port 0 chooses a free port"),
        ("listens twice", "listening on a port that is taken fails with InUse"),
        ("keeps the port of what was dropped", "dropping a listener closes its port"),
        ("names another peer", "a flow tells the address it was connected to"),
        ("has one client only", "each connection has an address of its own"),
        ("times out where nobody listens", refused),
        ("ends well when it is dropped", "dropping a flow without finish resets it"),
        ("takes a byte to be readable", "readable takes no byte"),
        (
            "loses what a dropped accept took",
            "dropping the future of an accept loses no connection",
        ),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, tcp(flaw));
    }
}

#[test]
fn every_flaw_of_udp_is_found() {
    let flaws = [
        ("binds a port twice", "binding a port that is taken fails with InUse"),
        ("keeps the port of what was dropped", "dropping a port closes it"),
        ("sends any length", "a datagram longer than one can be is refused with InvalidInput"),
        ("cuts a datagram", "a datagram arrives whole: one send is one receive"),
        ("names another sender", "a datagram comes with its sender's port"),
        ("loses what a dropped recv took", "dropping the future of a recv_from loses no datagram"),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, udp(flaw));
    }
}

#[test]
fn every_flaw_of_a_stack_is_found() {
    let flaws = [
        ("says another address", "a host that says its addresses says all"),
        ("shares its ports", "the ports of UDP and TCP are apart"),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, stack(flaw));
    }
}
