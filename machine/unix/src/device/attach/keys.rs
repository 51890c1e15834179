//! The boot keys of the machine, and their types.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use sarab_runtime::{
    Spec,
    key::{Value, Wrong},
};

/// The boot keys of the machine.
pub(crate) static KEYS: &[Spec<'static>] = &[
    Spec::new::<Attached<Backend>>(
        "net",
        "Attaches a network card to a device of the host: `service=tap:tap0`.",
    )
    .list(),
    Spec::new::<Attached<PathBuf>>("disk", "Attaches a disk to a file or a block device.").list(),
    Spec::new::<Attached<PathBuf>>("folder", "Attaches a folder to one of the host.")
        .value_name("NAME=PATH")
        .list(),
    Spec::new::<Publish>(
        "publish",
        "Gives a port of the unikernel another one on the host: `80:8080`, `127.0.0.1:80:8080`.",
    )
    .list(),
];

/// Something of the host that stands for the device `name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attached<T> {
    pub(crate) name: String,
    pub(crate) to: T,
}

/// A way to carry frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// The tap device of that name.
    Tap(String),
}

/// A port of the unikernel, and where the host has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Publish {
    pub(crate) host: SocketAddr,
    pub(crate) guest: u16,
}

impl Value for Attached<PathBuf> {
    const NAME: &'static str = "NAME=FILE";
    const RUST: &'static str = "sarab_unix::File";

    fn parse(text: &str) -> Result<Self, Wrong> {
        let (name, path) = halves(text).ok_or(Wrong::expected("NAME=PATH, like data=data.img"))?;
        Ok(Self { name: name.into(), to: path.into() })
    }

    fn render(&self) -> String {
        format!("{}={}", self.name, self.to.display())
    }
}

impl Value for Attached<Backend> {
    const NAME: &'static str = "NAME=BACKEND";
    const RUST: &'static str = "sarab_unix::Backend";

    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = Wrong::expected("NAME=tap:DEVICE, like service=tap:tap0");
        let (name, backend) = halves(text).ok_or(wrong.clone())?;
        match backend.strip_prefix("tap:") {
            Some(device) if !device.is_empty() => {
                Ok(Self { name: name.into(), to: Backend::Tap(device.into()) })
            }
            _ => Err(wrong),
        }
    }

    fn render(&self) -> String {
        let Backend::Tap(device) = &self.to;
        format!("{}=tap:{device}", self.name)
    }
}

impl Value for Publish {
    const NAME: &'static str = "HOST:GUEST";
    const RUST: &'static str = "sarab_unix::Publish";

    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = Wrong::expected("HOST:GUEST, like 80:8080 or 127.0.0.1:80:8080");
        let parsed = text.rsplit_once(':').and_then(|(host, guest)| {
            let host = match host.parse() {
                Ok(port) => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port),
                Err(_) => host.parse().ok()?,
            };
            let guest = guest.parse().ok()?;
            // Port 0 would be any port, and nobody would be told which.
            (host.port() != 0 && guest != 0).then_some(Self { host, guest })
        });
        parsed.ok_or(wrong)
    }

    fn render(&self) -> String {
        match self.host {
            SocketAddr::V6(host) if host.ip().is_unspecified() => {
                format!("{}:{}", host.port(), self.guest)
            }
            host => format!("{host}:{}", self.guest),
        }
    }
}

fn halves(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, to)| !name.is_empty() && !to.is_empty())
}
