//! Sources of entropy (virtio 1.2 section 5.4): a device fills buffers with random bytes.

use alloc::rc::Rc;
use core::fmt;

use crate::{
    Class, OpenError, Transport,
    device::Device,
    ring::{Part, Ring, Shape},
};

/// Bytes that are asked for at a time.
const PIECE_BYTES: usize = 64;

/// Why a source has given no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntropyError {
    /// It cannot be opened.
    Open(OpenError),
    /// It has not answered in time, or with no byte, or with what cannot be.
    Silent,
}

/// Fills `room` with random bytes of the source behind the transport, and resets it. Waits for them,
/// busily and not for ever; what was filled before an error is not told.
///
/// # Safety
///
/// Memory is mapped one to one, as the device sees it; the device writes to what it was lent only; and
/// nobody else uses it.
pub unsafe fn fill(transport: Rc<dyn Transport>, room: &mut [u8]) -> Result<(), EntropyError> {
    let source = Source::open(transport).map_err(EntropyError::Open)?;
    let mut rest = room;
    while !rest.is_empty() {
        let count = source.read(rest).ok_or(EntropyError::Silent)?;
        rest = rest.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}

struct Source {
    device: Device,
    ring: Ring<()>,
}

impl Source {
    fn open(transport: Rc<dyn Transport>) -> Result<Self, OpenError> {
        let mut device = Device::start(transport, Class::Entropy)?;
        device.agree(0)?;
        let shape = Shape { slots_most: 1, parts_most: 1, scratch_bytes: PIECE_BYTES };
        let ring = Ring::open(&device, 0, shape)?;
        device.ready();
        Ok(Self { device, ring })
    }

    /// Fills the first bytes of `room`; returns how many, at least one.
    fn read(&self, room: &mut [u8]) -> Option<usize> {
        let scratch = self.ring.scratch();
        let wanted = room.len().min(PIECE_BYTES);
        let part = Part::written(scratch, u32::try_from(wanted).ok()?);
        // SAFETY: nothing is lent, and the scratch bytes are the slot's own.
        unsafe { self.ring.lend((), core::iter::once(part)) };
        self.ring.notify(&self.device);
        let look = || match self.ring.next(&self.device) {
            Some(used) => Some(Some(used)),
            None => (!self.device.is_running()).then_some(None),
        };
        let written = self.device.wait(look)??.written as usize;
        let scratch = core::ptr::with_exposed_provenance::<u8>(scratch);
        let room = room.get_mut(..written).filter(|room| !room.is_empty())?;
        // SAFETY: the device has written so many of the scratch bytes, and does not any more.
        unsafe { room.as_mut_ptr().copy_from_nonoverlapping(scratch, written) };
        Some(written)
    }
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => error.fmt(f),
            Self::Silent => f.write_str("the source of entropy has not answered as it should"),
        }
    }
}

impl core::error::Error for EntropyError {}
