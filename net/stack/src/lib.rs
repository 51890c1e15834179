//! The TCP/IP stack of a program that has a network card and nothing above it.
//!
//! [`Stack::start`] turns any [`Net`](sarab_device::Net) into a [`Stack`](sarab_device::Stack):
//! Ethernet (RFC 894, RFC 2464) with address resolution (RFC 826, RFC 4861), IPv4 (RFC 791), IPv6
//! (RFC 8200), ICMP echo (RFC 792, RFC 4443), UDP (RFC 768) and TCP (RFC 9293).
//!
//! # A frame's way
//!
//! ```text
//!  card -> runner -> ethernet -> packet -> host -+-> tcp -> Flow
//!                       |  neighbors             +-> udp -> UdpPort
//!                       +-> ARP, NDP             +-> ICMP, resets
//! ```
//!
//! The `runner` takes frames from the card in bursts, gives them to the `host` and sends what came
//! of it. The `host` is a state machine: no input or output, no clock. It finds the socket of a
//! packet in an ordered map and gives the packet to that socket alone, so a packet costs the same
//! beside one connection and beside ten thousand; a timer costs its place in another map.
//!
//! smoltcp supplies the wire formats, the state machine of one connection, and reassembly. No type
//! of it shows in the public face, so it can be replaced piece by piece.
//!
//! What a card does for its user is left to it: the checksums of TCP, and the cutting of a write of up
//! to 64 KiB into segments of the size that the peer takes; and what the card has looked at is not
//! looked at again. A datagram's checksum is always computed here, since it may leave in fragments.
//!
//! # What it does not do
//!
//! DHCP (RFC 2131), SLAAC (RFC 4862) with its detection of duplicate addresses, fragmented IPv6
//! packets, selective acknowledgement by the sender (RFC 6675), path MTU discovery (RFC 8201).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "describe")]
pub mod describe;

#[cfg(feature = "device")]
mod config;
#[cfg(feature = "device")]
mod error;
#[cfg(feature = "device")]
mod ethernet;
#[cfg(feature = "device")]
mod host;
#[cfg(feature = "device")]
mod ip;
#[cfg(feature = "device")]
mod outbound;
#[cfg(feature = "device")]
mod packet;
#[cfg(feature = "device")]
mod runner;
#[cfg(feature = "device")]
mod schedule;
#[cfg(feature = "device")]
mod stack;
#[cfg(feature = "device")]
mod tcp;
#[cfg(feature = "device")]
mod udp;
#[cfg(feature = "device")]
mod wake;

#[cfg(all(test, feature = "device"))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

#[cfg(feature = "device")]
pub use config::Config;
#[cfg(feature = "device")]
pub use error::{Down, FlowError, StartError, TcpError, UdpError};
#[cfg(feature = "device")]
pub use stack::Stack;
#[cfg(feature = "device")]
pub use tcp::{Flow, Listener, Tcp};
#[cfg(feature = "device")]
pub use udp::{Udp, UdpPort};
