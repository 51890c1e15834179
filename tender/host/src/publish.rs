//! A port of the unikernel, and where the host has it.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// A port of the unikernel, and where the host has it: `80:8080`, `127.0.0.1:80:8080`,
/// `[::1]:80:8080`. The forms are those of the target `unix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Publish {
    pub(crate) host: SocketAddr,
    pub(crate) guest: u16,
}

impl FromStr for Publish {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.rsplit_once(':').and_then(|(host, guest)| {
            let host = host.parse().map(everywhere).or_else(|_| host.parse()).ok()?;
            let guest = guest.parse().ok()?;
            // Port 0 would be any port, and nobody would be told which.
            (host.port() != 0 && guest != 0).then_some(Self { host, guest })
        });
        parsed.ok_or("it is HOST:GUEST, like 80:8080 or 127.0.0.1:80:8080")
    }
}

fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_an_address_and_a_bracketed_address_are_understood() {
        for (text, host) in [
            ("80:8080", "[::]:80"),
            ("127.0.0.1:80:8080", "127.0.0.1:80"),
            ("[::1]:80:8080", "[::1]:80"),
        ] {
            let host = host.parse().expect("an address");
            assert_eq!(text.parse(), Ok(Publish { host, guest: 8080 }));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "80", "0:80", "80:0", "::1:80:80", "a:80:80", "80:8080:", "1:2:3", "80:65536"]
        {
            assert!(text.parse::<Publish>().is_err(), "{text}");
        }
    }
}
