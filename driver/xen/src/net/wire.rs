//! Requests and responses of cards, as they lie in the slots of the rings (Xen, `io/netif.h`).
//!
//! A request to send a part of a frame that lies in one page:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | the grant of the page |
//! | 4 | 2 | the first byte in it |
//! | 6 | 2 | flags: 1 the checksum is open, 2 nothing was damaged, 4 more parts follow, 8 an extra follows |
//! | 8 | 2 | a number, which the response has from its request |
//! | 10 | 2 | bytes of the part; of the first, bytes of all of the frame |
//!
//! Its response is the number (2) and the status (2): 0 it is taken, -1 it has failed, -2 it is lost, 1 there was an
//! extra in this slot, and there is no number.
//!
//! A request to receive is a number (2), nothing (2), and the grant of a page (4). Its response, in the same slot:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | the number |
//! | 2 | 2 | the first byte in the page |
//! | 4 | 2 | flags: 1 nothing was damaged, 2 the checksum is open, 4 more parts follow, 8 an extra follows, 16 a prefix, which nobody asks for |
//! | 6 | 2 | bytes of the part; or, less than 0, it has failed |
//!
//! An extra, which has the slot of a request or a response to itself:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | 1: how the frame is cut |
//! | 1 | 1 | 1: another extra follows |
//! | 2 | 2 | bytes of the payload of each segment |
//! | 4 | 1 | 1 TCP over IPv4, 2 TCP over IPv6 |
//! | 6 | 2 | 0 |

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Slots of a ring of one page.
pub(crate) const SLOTS: u32 = 256;
/// Bytes of a slot to send, and to receive.
pub(crate) const TRANSMIT_BYTES: usize = 12;
pub(crate) const RECEIVE_BYTES: usize = 8;

pub(crate) const SEND_OPEN: u16 = 1;
pub(crate) const SEND_VALID: u16 = 2;
/// In both directions.
pub(crate) const MORE: u16 = 4;
pub(crate) const EXTRA: u16 = 8;

pub(crate) const RECEIVED_VALID: u16 = 1;
pub(crate) const RECEIVED_OPEN: u16 = 2;
pub(crate) const RECEIVED_PREFIX: u16 = 16;

/// The status of the slot of an extra.
pub(crate) const NO_RESPONSE: i16 = 1;

pub(crate) const EXTRA_CUT: u8 = 1;
pub(crate) const EXTRA_MORE: u8 = 1;
pub(crate) const CUT_TCP4: u8 = 1;
pub(crate) const CUT_TCP6: u8 = 2;

/// A request to send.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Transmit {
    pub(crate) reference: u32,
    pub(crate) offset: u16,
    pub(crate) flags: u16,
    pub(crate) id: u16,
    pub(crate) size_bytes: u16,
}

/// Its response.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Transmitted {
    pub(crate) id: u16,
    pub(crate) status: i16,
}

/// A request to receive.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Receive {
    pub(crate) id: u16,
    pub(crate) pad: u16,
    pub(crate) reference: u32,
}

/// Its response.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Received {
    pub(crate) id: u16,
    pub(crate) offset: u16,
    pub(crate) flags: u16,
    pub(crate) status: i16,
}

/// An extra.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Extra {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) segment_bytes: u16,
    pub(crate) cut: u8,
    pub(crate) pad: u8,
    pub(crate) features: u16,
}

const _: () = assert!(size_of::<Transmit>() == TRANSMIT_BYTES && size_of::<Transmitted>() == 4);
const _: () = assert!(size_of::<Receive>() == RECEIVE_BYTES && size_of::<Received>() == 8);
const _: () = assert!(size_of::<Extra>() == 8);
