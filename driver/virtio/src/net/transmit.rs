//! Frames on their way out.

use core::cell::Cell;

use bytes::Bytes;
use sarab_device::Packet;

use super::HEADER_BYTES;
use crate::{
    OpenError,
    device::Device,
    ring::{Part, Ring, Shape},
};

/// The number of the queue.
const QUEUE: u16 = 1;

/// Frames on their way at a time, at most.
const SLOTS_MOST: u16 = 128;

/// Bytes for the header of a frame.
const SCRATCH_BYTES: usize = 16;

/// How many bytes of frames may wait, sent but not dropped, for something else to happen.
const WAITING_BYTES_MOST: usize = 256 * 1024;

/// The flag of the header that only the first segment is to have CWR, and its place.
const CONGESTION: u8 = 0x80;
const CONGESTION_AT: usize = 1;

/// The side of a card that sends.
pub(super) struct Transmitter {
    ring: Ring<Bytes>,
    /// Whether the card knows the flag of congestion; another cuts without, and all segments have CWR.
    has_congestion: bool,
    /// Bytes of the frames that were not dropped.
    waiting_bytes: Cell<usize>,
}

impl Transmitter {
    pub(super) fn open(device: &Device, has_congestion: bool) -> Result<Self, OpenError> {
        let shape = Shape { slots_most: SLOTS_MOST, parts_most: 2, scratch_bytes: SCRATCH_BYTES };
        let ring = Ring::open(device, QUEUE, shape)?;
        Ok(Self { ring, has_congestion, waiting_bytes: Cell::new(0) })
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.ring.has_room()
    }

    /// Sends a packet; there is room.
    #[inline]
    pub(super) fn send(&self, packet: Packet) {
        let mut header = [0; HEADER_BYTES];
        let (known, _) = header.split_at_mut(sarab_vnet::HEADER_BYTES);
        known.copy_from_slice(&sarab_vnet::encode(&packet));
        if !self.has_congestion {
            header[CONGESTION_AT] &= !CONGESTION;
        }
        let frame = packet.frame;
        let scratch = self.ring.scratch();
        let place = core::ptr::with_exposed_provenance_mut::<[u8; HEADER_BYTES]>(scratch);
        // SAFETY: they are the scratch bytes of the slot that is lent below, and the device has none of
        // them.
        unsafe { place.write(header) };
        let address = frame.as_ptr().expose_provenance();
        let size_bytes = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        self.waiting_bytes.update(|bytes| bytes + frame.len());
        let parts = [Part::read(scratch, 12), Part::read(address, size_bytes)];
        // SAFETY: there is room, as the caller has asked. The frame is the ring's until it is used, and
        // moving it does not move what it holds.
        unsafe { self.ring.lend(frame, parts.into_iter()) };
    }

    /// Drops the frames that were taken; tells whether there was one.
    #[inline]
    pub(super) fn drop_sent(&self, device: &Device) -> bool {
        let mut any = false;
        while let Some(used) = self.ring.next(device) {
            self.waiting_bytes.update(|bytes| bytes.saturating_sub(used.payload.len()));
            any = true;
        }
        any
    }

    #[inline]
    pub(super) fn notify(&self, device: &Device) {
        self.ring.notify(device);
    }

    /// Listens only where somebody waits for room, or a lot of memory would be kept.
    #[inline]
    pub(super) fn listen(&self, is_wanted: bool) {
        let is_full = !self.has_room() || self.waiting_bytes.get() > WAITING_BYTES_MOST;
        if is_wanted && is_full {
            self.ring.listen_for_half();
        } else {
            self.ring.listen(false);
        }
    }
}
