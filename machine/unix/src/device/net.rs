//! A network card that is a tap device of the host.

use std::fmt;

use bytes::Bytes;
use rustix::io::Errno;
use sarab_device::{Error, ErrorKind, Mac, Net, Offloads, Packet};
use sarab_tap::{OpenError, Receive, Tap};

use crate::device::{
    attach, errno,
    reactor::{Source, Start},
};

/// Bytes in the header of a frame (IEEE 802.3-2022, clause 3).
const HEADER_BYTES: usize = 14;

/// What a tap does for its user: it cuts whatever IPv4 can carry (RFC 791 section 3.1).
const OFFLOADS: Offloads = Offloads { checksum: true, frame_bytes_max: HEADER_BYTES + 65535 };

/// A network card that is a tap device of the host.
///
/// Its address is the one that [`Tap::mac`] derives, not the host's. One event suffices for all
/// frames that have come: they are taken one by one until there is none left.
pub struct TapNet {
    name: String,
    source: Source<Tap>,
}

impl TapNet {
    /// Opens the network card `name`: the device attached by `--net NAME=tap:DEVICE`.
    #[expect(clippy::unused_async, reason = "a constructor of devices is async")]
    pub async fn open(name: &str) -> Result<Self, OpenNetError> {
        let attached = attach::installed();
        let device = attached.tap(name);
        let device = device.ok_or_else(|| OpenNetError::Unattached { name: name.into() })?;
        Self::open_device(name, device)
    }

    /// Opens the tap called `device` as the network card `name`.
    pub fn open_device(name: &str, device: &str) -> Result<Self, OpenNetError> {
        let tap = Tap::open(device).map_err(OpenNetError::Tap)?;
        let source = Source::new(tap, Start::Writable)
            .map_err(|cause| OpenNetError::Watch { name: name.into(), cause })?;
        Ok(Self { name: name.into(), source })
    }

    fn frame_bytes_max(&self) -> usize {
        self.mtu() + HEADER_BYTES
    }

    fn choose(&self, form: Receive) -> Result<(), NetError> {
        let chosen = self.source.get().set_receive(form);
        chosen.map_err(|error| self.fail("choose the form of packets of")(errno::of(&error)))
    }

    async fn receive(&self) -> Result<Packet, NetError> {
        let receive = |tap: &Tap| tap.try_recv().map_err(|error| errno::of(&error));
        self.source.read(receive).await.map_err(self.fail("receive from"))
    }

    fn fail(&self, request: &'static str) -> impl Fn(Errno) -> NetError {
        move |cause| NetError::Host { name: self.name.clone(), request, cause }
    }
}

impl Net for TapNet {
    type Error = NetError;

    fn mac(&self) -> Mac {
        self.source.get().mac()
    }

    fn mtu(&self) -> usize {
        self.source.get().mtu()
    }

    async fn send(&self, frame: Bytes) -> Result<(), NetError> {
        self.send_packet(frame.into()).await
    }

    async fn recv(&self) -> Result<Bytes, NetError> {
        self.choose(Receive::Frames)?;
        loop {
            let packet = self.receive().await?;
            // One that is to be cut has come before the choice.
            if packet.segmentation.is_none() {
                return Ok(packet.into_frame());
            }
        }
    }

    fn offloads(&self) -> Offloads {
        OFFLOADS
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), NetError> {
        let frame_bytes_max = match packet.segmentation {
            Some(_) => OFFLOADS.frame_bytes_max,
            None => self.frame_bytes_max(),
        };
        let size_bytes = packet.frame.len();
        if !(HEADER_BYTES..=frame_bytes_max).contains(&size_bytes) {
            return Err(NetError::Size { size_bytes, frame_bytes_max });
        }
        let send = |tap: &Tap| tap.try_send(&packet).map_err(|error| errno::of(&error));
        self.source.write(send).await.map_err(self.fail("send to"))
    }

    async fn recv_packet(&self) -> Result<Packet, NetError> {
        self.choose(Receive::Packets)?;
        self.receive().await
    }
}

/// Why a network card cannot be opened.
#[derive(Debug)]
pub enum OpenNetError {
    /// No device of the host stands for it.
    Unattached {
        /// The network card.
        name: String,
    },
    /// The tap device cannot be opened.
    Tap(OpenError),
    /// The host cannot watch it.
    Watch {
        /// The network card.
        name: String,
        /// Why.
        cause: Errno,
    },
}

impl fmt::Display for OpenNetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unattached { name } => write!(
                f,
                "nothing stands for network card `{name}`; attach a tap with \
                 `--net {name}=tap:tap0`"
            ),
            Self::Tap(error) => error.fmt(f),
            Self::Watch { name, cause } => {
                write!(f, "cannot watch network card `{name}`: {}", errno::words(*cause))
            }
        }
    }
}

impl std::error::Error for OpenNetError {}

impl Error for OpenNetError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unattached { .. } => ErrorKind::NotFound,
            Self::Tap(error) => errno::kind(errno::of(&error.cause)),
            Self::Watch { cause, .. } => errno::kind(*cause),
        }
    }
}

/// What goes wrong with an open network card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// A frame is too short or too long.
    Size {
        /// Bytes in the frame.
        size_bytes: usize,
        /// The most bytes that one may have.
        frame_bytes_max: usize,
    },
    /// The host refused.
    Host {
        /// The network card.
        name: String,
        /// What was asked.
        request: &'static str,
        /// Why.
        cause: Errno,
    },
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { size_bytes, frame_bytes_max } => {
                write!(f, "a frame of {size_bytes} bytes, not {HEADER_BYTES} to {frame_bytes_max}")
            }
            Self::Host { name, request, cause } => {
                write!(f, "cannot {request} network card `{name}`: {}", errno::words(*cause))
            }
        }
    }
}

impl std::error::Error for NetError {}

impl Error for NetError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Size { .. } => ErrorKind::InvalidInput,
            // The device was removed.
            Self::Host { cause: Errno::BADFD | Errno::NODEV | Errno::FAULT, .. } => {
                ErrorKind::Disconnected
            }
            Self::Host { cause, .. } => errno::kind(*cause),
        }
    }
}
