//! Ethernet frames through a Linux tap device.
//!
//! A tap device is a network card of the host whose cable ends in this process: what the host sends
//! on it, [`Tap::try_recv`] returns, and what [`Tap::try_send`] is given, the host receives. Nothing
//! here waits; [`Tap`] gives its descriptor to whoever does.
//!
//! Neither end computes checksums or cuts long segments of TCP, as long as all that a frame passes
//! is memory: each frame says by a header what is left to do (see [`sarab_vnet`]), and so a frame may
//! have 64 KiB.
//!
//! A tap that a plain user may open is made once, by root:
//!
//! ```sh
//! ip tuntap add tap0 mode tap user "$USER"
//! ip address add 10.0.0.1/24 dev tap0
//! ip link set tap0 up
//! ```
//!
//! A process with `CAP_NET_ADMIN` needs no such thing: opening makes the tap, and closing removes
//! it.

mod error;
mod mac;
mod slab;
mod sys;
mod tap;

pub use error::{OpenError, Step};
pub use tap::{Receive, Tap};
