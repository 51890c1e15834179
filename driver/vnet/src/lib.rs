//! The header that a card puts before a frame to say what is left to do: `struct virtio_net_hdr`
//! (virtio 1.2 section 5.1.6, without `num_buffers`), as network cards of virtio and taps have it.
//!
//! All numbers are in little-endian order.
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | flags: 1 the checksum is open, 2 the checksum was verified |
//! | 1 | 1 | what to cut: 0 nothing, 1 TCP over IPv4, 4 TCP over IPv6; and 128, if CWR is set |
//! | 2 | 2 | bytes of the headers of a frame that is to be cut |
//! | 4 | 2 | bytes of payload of each segment |
//! | 6 | 2 | the first byte of the frame that the checksum counts |
//! | 8 | 2 | the place of the checksum, in bytes from there on |
//!
//! [`encode`] writes it for a [`Packet`](sarab_device::Packet) that is sent, [`decode`] reads it before a frame that was
//! received. Whatever the other side writes there is an error at worst.
#![no_std]
#![forbid(unsafe_code)]

mod decode;
mod encode;

pub use decode::{HeaderError, decode, split};
pub use encode::encode;

/// Bytes of the header.
pub const HEADER_BYTES: usize = 10;

/// The flag that the checksum is open.
const NEEDS_CSUM: u8 = 1;
/// The flag that the checksum was verified.
const DATA_VALID: u8 = 2;

/// Nothing is to be cut.
const GSO_NONE: u8 = 0;
/// TCP over IPv4 is.
const GSO_TCPV4: u8 = 1;
/// TCP over IPv6 is.
const GSO_TCPV6: u8 = 4;
/// Only the first segment is to have CWR (RFC 3168 section 6.1.2).
const GSO_ECN: u8 = 0x80;

#[cfg(test)]
mod tests;
