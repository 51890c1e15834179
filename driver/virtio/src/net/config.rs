//! What a card says of itself, and what is agreed on with it (virtio 1.2 sections 5.1.3 and 5.1.4).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 6 | its address, if `MAC` |
//! | 10 | 2 | the most bytes that a frame carries behind its header, if `MTU` |

use sarab_device::{Mac, Offloads};
use sarab_queue::card::{HEADER_BYTES as ETHERNET_BYTES, LARGE_BYTES_MAX, Properties};

use super::HEADER_BYTES;
use crate::{Fault, OpenError, device::Device};

const CSUM: u64 = 1 << 0;
const GUEST_CSUM: u64 = 1 << 1;
const CTRL_GUEST_OFFLOADS: u64 = 1 << 2;
const MTU: u64 = 1 << 3;
const MAC: u64 = 1 << 5;
const GUEST_TSO4: u64 = 1 << 7;
const GUEST_TSO6: u64 = 1 << 8;
const GUEST_ECN: u64 = 1 << 9;
const HOST_TSO4: u64 = 1 << 11;
const HOST_TSO6: u64 = 1 << 12;
const HOST_ECN: u64 = 1 << 13;
const MRG_RXBUF: u64 = 1 << 15;
const CTRL_VQ: u64 = 1 << 17;

/// What a card does with frames that it sends, and with those that it has received.
const CUTS: u64 = HOST_TSO4 | HOST_TSO6;
const JOINS: u64 = GUEST_TSO4 | GUEST_TSO6;
/// What lets a card be told not to join any more.
pub(super) const COMMANDS: u64 = CTRL_VQ | CTRL_GUEST_OFFLOADS;

const MTU_AT: usize = 10;
/// What a frame carries behind its header unless the card says otherwise (RFC 894).
const MTU_USUAL: u16 = 1500;
/// The least that a card of virtio says (section 5.1.4.1).
const MTU_MIN: u16 = 1280;

/// Bytes of a buffer, where a frame may lie in several: an ordinary frame lies in one.
const PIECE_BYTES: usize = 2048;

/// A card that joins frames must be lent room for some of what it makes of them, since it waits for that.
const JOINED_MOST: usize = 4;

/// What a card is, and what is agreed on with it.
pub(super) struct Config {
    pub(super) properties: Properties,
    pub(super) receive: Buffers,
    /// Whether the card knows what CWR means (RFC 3168 section 6.1.2).
    pub(super) has_congestion: bool,
}

/// What is lent to be filled with frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffers {
    /// Bytes of each.
    pub(super) size_bytes: usize,
    /// Whether a frame may lie in several.
    pub(super) are_joined: bool,
    /// The most bytes of a frame.
    pub(super) frame_bytes_max: usize,
}

/// Returns the features that are wanted of those that are offered.
pub(super) fn wanted(device: &Device, receive_bytes: usize) -> Result<u64, OpenError> {
    let mut wanted = MAC | MRG_RXBUF;
    if let Some(mtu) = offered_mtu(device)?
        && mtu >= MTU_MIN
    {
        wanted |= MTU;
    }
    if device.has(CSUM) {
        wanted |= CSUM | GUEST_CSUM | cutting(device, receive_bytes);
    }
    Ok(wanted)
}

/// Returns the wanted features of cutting and joining. A card that only cuts one kind of frame is asked
/// for none of it, and one that joins must be able to leave that, for who wants finished frames.
fn cutting(device: &Device, receive_bytes: usize) -> u64 {
    if !device.has(CUTS) {
        return 0;
    }
    let has_room = receive_bytes >= JOINED_MOST * (HEADER_BYTES + LARGE_BYTES_MAX);
    let can_join = device.has(GUEST_CSUM | COMMANDS) && has_room;
    CUTS | HOST_ECN | if can_join { JOINS | GUEST_ECN | COMMANDS } else { 0 }
}

fn offered_mtu(device: &Device) -> Result<Option<u16>, OpenError> {
    if !device.has(MTU) {
        return Ok(None);
    }
    device.config(|transport| transport.config_16(MTU_AT)).map(Some)
}

/// Returns what a card does with received frames: all of what was agreed on, as the command says it.
pub(super) fn receive_offloads(device: &Device) -> u64 {
    [GUEST_CSUM, GUEST_TSO4, GUEST_TSO6, GUEST_ECN]
        .into_iter()
        .filter(|feature| device.has(*feature))
        .sum()
}

/// Returns the part of it that makes no frame longer than the wire carries.
pub(super) fn without_joining(offloads: u64) -> u64 {
    offloads & GUEST_CSUM
}

/// Tells whether frames may come that are longer than the wire carries.
pub(super) fn joins(device: &Device) -> bool {
    device.has(GUEST_TSO4) || device.has(GUEST_TSO6)
}

impl Config {
    /// Reads the configuration, by what was agreed on.
    pub(super) fn read(device: &Device) -> Result<Self, OpenError> {
        if !device.has(MAC) {
            return Err(device.error(Fault::Feature("VIRTIO_NET_F_MAC")));
        }
        let mac = device.config(|transport| core::array::from_fn(|at| transport.config_8(at)))?;
        let mtu = usize::from(offered_mtu(device)?.unwrap_or(MTU_USUAL));
        let frame_bytes_max = if device.has(CUTS) { LARGE_BYTES_MAX } else { 0 };
        let offloads = Offloads { checksum: device.has(CSUM), frame_bytes_max };
        let properties = Properties { mac: Mac(mac), mtu, offloads };
        let has_congestion = device.has(HOST_ECN);
        Ok(Self { properties, receive: Buffers::new(device, mtu), has_congestion })
    }
}

impl Buffers {
    fn new(device: &Device, mtu: usize) -> Self {
        let frame_bytes_max = if joins(device) { LARGE_BYTES_MAX } else { ETHERNET_BYTES + mtu };
        let whole = (HEADER_BYTES + frame_bytes_max).next_multiple_of(16);
        let are_joined = device.has(MRG_RXBUF);
        let size_bytes = if are_joined { whole.min(PIECE_BYTES) } else { whole };
        Self { size_bytes, are_joined, frame_bytes_max }
    }

    /// Returns them for a queue of so many: some of them have room for the longest frame.
    pub(super) fn of(self, slots: usize) -> Self {
        let least = ((HEADER_BYTES + self.frame_bytes_max) * 2).div_ceil(slots.max(2));
        Self { size_bytes: self.size_bytes.max(least.next_multiple_of(16)), ..self }
    }
}
