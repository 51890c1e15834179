//! A watched host: its TCP, its UDP, its listeners and ports.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::{Observer, Payload, Subject, Verb, Watched, WatchedError, flipped};
use crate::{Listener, Stack, Tcp, Udp, UdpPort};

impl<D: Tcp, O: Observer + Clone + 'static> Tcp for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    type Flow = Watched<D::Flow, O>;

    type Listener = Watched<D::Listener, O>;

    async fn connect(&self, remote: SocketAddr) -> Result<Self::Flow, Self::Error> {
        let operation = self.operation(Verb::Connect, Subject::Remote(remote), 0);
        let flow = self.ask(operation, self.device.connect(remote)).await?;
        Ok(Watched::new(flow, self.observer.clone()))
    }

    async fn listen(&self, port: u16) -> Result<Self::Listener, Self::Error> {
        let operation = self.operation(Verb::Listen, Subject::Place(port.into()), 0);
        let listener = self.ask(operation, self.device.listen(port)).await?;
        Ok(Watched::new(listener, self.observer.clone()))
    }
}

impl<D: Listener, O: Observer + Clone + 'static> Listener for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    type Flow = Watched<D::Flow, O>;

    fn port(&self) -> u16 {
        self.device.port()
    }

    async fn accept(&self) -> Result<Self::Flow, Self::Error> {
        let operation = self.operation(Verb::Accept, Subject::Place(self.port().into()), 0);
        let flow = self.ask(operation, self.device.accept()).await?;
        Ok(Watched::new(flow, self.observer.clone()))
    }
}

impl<D: Udp, O: Observer + Clone + 'static> Udp for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    type Port = Watched<D::Port, O>;

    async fn bind(&self, port: u16) -> Result<Self::Port, Self::Error> {
        let operation = self.operation(Verb::Bind, Subject::Place(port.into()), 0);
        let port = self.ask(operation, self.device.bind(port)).await?;
        Ok(Watched::new(port, self.observer.clone()))
    }
}

impl<D: UdpPort, O: Observer> UdpPort for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    fn port(&self) -> u16 {
        self.device.port()
    }

    async fn send_to(&self, data: Bytes, remote: SocketAddr) -> Result<(), Self::Error> {
        let request = async |data| self.device.send_to(data, remote).await;
        self.give(Verb::Send, Subject::Remote(remote), data, request).await
    }

    async fn recv_from(&self) -> Result<(Bytes, SocketAddr), Self::Error> {
        let operation = self.operation(Verb::Recv, Subject::Place(self.port().into()), 0);
        self.take(operation, async || self.device.recv_from().await).await
    }
}

impl<D: Stack, O: Observer + Clone + 'static> Stack for Watched<D, O> {
    type Tcp = Watched<D::Tcp, O>;

    type Udp = Watched<D::Udp, O>;

    fn tcp(&self) -> Self::Tcp {
        Watched::new(self.device.tcp(), self.observer.clone())
    }

    fn udp(&self) -> Self::Udp {
        Watched::new(self.device.udp(), self.observer.clone())
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.device.addresses()
    }
}

impl Payload for (Bytes, SocketAddr) {
    const CAN_BE_LOST: bool = true;

    fn data(&self) -> &[u8] {
        &self.0
    }

    fn corrupt(self, bit: u64) -> Self {
        (flipped(&self.0, bit), self.1)
    }
}
