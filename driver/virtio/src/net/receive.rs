//! Frames on their way in.

use core::cell::{Cell, RefCell};

use bytes::BytesMut;
use sarab_device::Packet;

use super::{config::Buffers, joint::Joint, slab::Slab};
use crate::{
    OpenError,
    device::Device,
    ring::{Part, Ring, Shape, Used},
};

/// The number of the queue.
const QUEUE: u16 = 0;

/// Buffers that are lent at a time, at most.
const SLOTS_MOST: u16 = 256;

/// Buffers that are lent at first, and room in them for long frames. It grows while the device uses them
/// up.
const FIRST_BUFFERS: usize = 16;
const FIRST_BYTES: usize = 72 * 1024;

/// The side of a card that receives.
pub(super) struct Receiver {
    ring: Ring<BytesMut>,
    buffers: Buffers,
    slab: RefCell<Slab>,
    joint: RefCell<Joint>,
    /// Buffers that are to be lent at a time, and how many those may become.
    wanted: Cell<usize>,
    wanted_most: usize,
}

impl Receiver {
    pub(super) fn open(
        device: &Device,
        buffers: Buffers,
        receive_bytes: usize,
    ) -> Result<Self, OpenError> {
        let shape = Shape { slots_most: SLOTS_MOST, parts_most: 1, scratch_bytes: 0 };
        let ring = Ring::open(device, QUEUE, shape)?;
        let buffers = buffers.of(ring.slots());
        let wanted_most = (receive_bytes / buffers.size_bytes).clamp(1, ring.slots());
        let is_large = buffers.frame_bytes_max > buffers.size_bytes;
        let first = if is_large { FIRST_BYTES / buffers.size_bytes } else { FIRST_BUFFERS };
        let lent_bytes = wanted_most * buffers.size_bytes;
        Ok(Self {
            ring,
            buffers,
            slab: RefCell::new(Slab::new(buffers.size_bytes, lent_bytes)),
            joint: RefCell::default(),
            wanted: Cell::new(first.clamp(1, wanted_most)),
            wanted_most,
        })
    }

    /// Lends buffers, if some are missing.
    #[inline]
    pub(super) fn lend(&self) {
        let (lent, wanted) = (self.ring.lent(), self.wanted.get());
        // Some at a time are cheaper than one after each frame.
        if lent > wanted - wanted.div_ceil(4) {
            return;
        }
        if self.ring.was_used() && lent < wanted / 2 {
            self.wanted.set((wanted * 2).min(self.wanted_most));
        }
        self.lend_up_to(self.wanted.get());
    }

    fn lend_up_to(&self, wanted: usize) {
        let mut slab = self.slab.borrow_mut();
        for _ in self.ring.lent()..wanted {
            let mut buffer = slab.cut();
            let address = buffer.as_mut_ptr().expose_provenance();
            let size_bytes = u32::try_from(self.buffers.size_bytes).unwrap_or(u32::MAX);
            let part = Part::written(address, size_bytes);
            // SAFETY: no more are wanted than there are slots. The buffer is the ring's until it is used,
            // and moving it does not move what it holds.
            unsafe { self.ring.lend(buffer, core::iter::once(part)) };
        }
    }

    /// Returns the next packet that has come.
    #[inline]
    pub(super) fn next(&self, device: &Device) -> Option<Packet> {
        let mut joint = self.joint.borrow_mut();
        let Buffers { are_joined, frame_bytes_max, .. } = self.buffers;
        // What is no packet is passed over.
        loop {
            let Used { payload: mut buffer, written, .. } = self.ring.next(device)?;
            // SAFETY: the ring has seen to it that the buffer has room for that, and the device says that
            // it has written it.
            unsafe { buffer.set_len(written as usize) };
            if let Some((header, frame)) = joint.add(buffer, frame_bytes_max, are_joined)
                && let Ok(packet) = sarab_vnet::decode(header, frame.freeze())
            {
                return Some(packet);
            }
        }
    }

    #[inline]
    pub(super) fn notify(&self, device: &Device) {
        self.ring.notify(device);
    }

    #[inline]
    pub(super) fn listen(&self, is_wanted: bool) {
        self.ring.listen(is_wanted);
    }
}
