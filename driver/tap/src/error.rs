//! Why a tap device cannot be opened, and the way out.

use std::{fmt, io};

/// Why a tap device cannot be opened.
#[derive(Debug)]
pub struct OpenError {
    /// The name of the device.
    pub name: String,
    /// What failed.
    pub step: Step,
    /// Why.
    pub cause: io::Error,
}

/// A step of opening a tap device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The name cannot be that of a device.
    Name,
    /// Opening `/dev/net/tun`.
    Open,
    /// Attaching to the device.
    Attach,
    /// Agreeing on the form of its frames.
    Agree,
    /// Asking for its address and its greatest frame.
    Ask,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, step, cause } = self;
        match (step, cause.raw_os_error()) {
            (Step::Name, _) => write!(
                f,
                "{name:?}: not the name of a network device; it has 1 to 15 bytes, without `/` and spaces"
            ),
            (Step::Open, Some(libc::ENOENT | libc::ENODEV | libc::ENXIO)) => {
                write!(f, "{name}: this host has no `/dev/net/tun`; load it with `modprobe tun`")
            }
            (Step::Open, _) => write!(f, "{name}: cannot open `/dev/net/tun`: {cause}"),
            (Step::Attach, Some(libc::EPERM | libc::EACCES)) => write!(
                f,
                "{name}: operation not permitted; make it with `ip tuntap add {name} mode tap user $USER`"
            ),
            (Step::Attach, Some(libc::EBUSY)) => {
                write!(f, "{name}: in use by another process; stop that one, or make another tap")
            }
            (Step::Attach, Some(libc::EINVAL)) => write!(
                f,
                "{name}: not a tap device of one queue; choose another name, or make it with `ip tuntap add {name} mode tap`"
            ),
            (Step::Attach, _) => write!(f, "{name}: cannot attach to it: {cause}"),
            (Step::Agree, _) => {
                write!(f, "{name}: cannot agree on what is left to the card: {cause}")
            }
            (Step::Ask, _) => write!(f, "{name}: cannot ask for its address and size: {cause}"),
        }
    }
}

impl std::error::Error for OpenError {}
