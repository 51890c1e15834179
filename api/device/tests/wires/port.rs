//! The UDP of a host in memory.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    rc::Rc,
};

use embassy_futures::yield_now;
use sarab_device::{Bytes, ErrorKind, Udp, UdpPort};

use super::{Fails, host::ADDRESS};

type Datagrams = VecDeque<(Bytes, SocketAddr)>;

/// UDP of the one host there is.
#[derive(Clone)]
pub(super) struct Datagram {
    pub(super) flaw: &'static str,
    pub(super) ports: Rc<RefCell<BTreeMap<u16, Datagrams>>>,
}

/// One of its ports.
pub(super) struct Port {
    number: u16,
    host: Datagram,
}

impl Datagram {
    fn has(&self, flaw: &str) -> bool {
        self.flaw == flaw
    }
}

impl Udp for Datagram {
    type Error = Fails;

    type Port = Port;

    async fn bind(&self, port: u16) -> Result<Port, Fails> {
        let mut ports = self.ports.borrow_mut();
        if ports.contains_key(&port) && !self.has("binds a port twice") {
            return Err(Fails(ErrorKind::InUse));
        }
        let chosen = (40_000..=u16::MAX).find(|port| !ports.contains_key(port)).unwrap();
        let number = if port == 0 { chosen } else { port };
        ports.insert(number, VecDeque::new());
        Ok(Port { number, host: self.clone() })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if !self.host.has("keeps the port of what was dropped") {
            self.host.ports.borrow_mut().remove(&self.number);
        }
    }
}

impl UdpPort for Port {
    type Error = Fails;

    fn port(&self) -> u16 {
        self.number
    }

    async fn send_to(&self, data: Bytes, remote: SocketAddr) -> Result<(), Fails> {
        if data.len() > 65_507 && !self.host.has("sends any length") {
            return Err(Fails(ErrorKind::InvalidInput));
        }
        let data =
            if self.host.has("cuts a datagram") { data.slice(..data.len().min(512)) } else { data };
        let number = self.number + u16::from(self.host.has("names another sender"));
        let sender = SocketAddr::new(ADDRESS, number);
        yield_now().await;
        if let Some(port) = self.host.ports.borrow_mut().get_mut(&remote.port()) {
            port.push_back((data, sender));
        }
        Ok(())
    }

    async fn recv_from(&self) -> Result<(Bytes, SocketAddr), Fails> {
        loop {
            let next = self.host.ports.borrow_mut().get_mut(&self.number).unwrap().pop_front();
            if let Some(next) = next {
                if self.host.has("loses what a dropped recv took") {
                    yield_now().await;
                }
                return Ok(next);
            }
            yield_now().await;
        }
    }
}
