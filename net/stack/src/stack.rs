//! Starting a stack.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sarab_device::{self as device, Net};
use sarab_key::{Ipv4Prefix, Ipv6Prefix};

use crate::{
    Config, StartError, Tcp, Udp, config,
    host::Host,
    runner::{Handle, moment},
};

/// A whole host on a network card.
///
/// It lives as long as one of its handles, listeners, flows or ports does, and after that until
/// the connections that were finished have ended.
#[derive(Clone)]
pub struct Stack {
    handle: Handle,
}

impl Stack {
    /// Starts a stack on `net`, and the tasks that serve it.
    ///
    /// Fails if no stack can work with these addresses and limits on this card. It does not wait
    /// for anything, and says nothing of whether anybody is at the other end.
    #[expect(clippy::unused_async, reason = "devices are opened by async functions")]
    pub async fn start(net: impl Net + 'static, config: Config) -> Result<Self, StartError> {
        config.check(&net)?;
        let host = Host::new(config, net.mac(), net.mtu(), net.offloads(), moment());
        Ok(Self { handle: Handle::start(net, host) })
    }

    /// Starts a stack with these addresses and all limits as they are by default, as the boot keys
    /// of the same names say.
    ///
    /// Without `ipv4_gateway` the gateway is the first address of the network, where the network
    /// has one to spare; with 0.0.0.0 there is none.
    pub async fn open(
        net: impl Net + 'static,
        ipv4: Ipv4Prefix,
        ipv4_gateway: Option<Ipv4Addr>,
        ipv6: Option<Ipv6Prefix>,
        ipv6_gateway: Option<Ipv6Addr>,
    ) -> Result<Self, StartError> {
        let config = Config {
            ipv4: Some(ipv4),
            ipv4_gateway: config::gateway(ipv4, ipv4_gateway),
            ipv6,
            ipv6_gateway,
            ..Config::default()
        };
        Self::start(net, config).await
    }
}

impl device::Stack for Stack {
    type Tcp = Tcp;
    type Udp = Udp;

    fn tcp(&self) -> Tcp {
        Tcp::new(self.handle.clone())
    }

    fn udp(&self) -> Udp {
        Udp::new(self.handle.clone())
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.handle.with(|host| host.addresses())
    }
}
