//! Requests as a device sees them.

use sarab_queue::disk::{Kind, Memory, Outcome, Request};

use super::config::Limits;
use crate::ring::{self, Ring, Used};

const READ: u32 = 0;
const WRITE: u32 = 1;
const FLUSH: u32 = 4;
pub(super) const TELL_SERIAL: u32 = 8;
const DISCARD: u32 = 11;

/// What stands in the scratch bytes of a request: its header, its data where nobody else has them, its
/// status.
const HEADER_BYTES: u32 = 16;
const DATA_AT: usize = 16;
const DISCARD_BYTES: u32 = 16;
/// Bytes of a serial number.
pub(super) const SERIAL_BYTES: usize = 20;
const STATUS_AT: usize = 36;
pub(super) const SCRATCH_BYTES: usize = 40;

const DONE: u8 = 0;
const UNKNOWN: u8 = 2;
/// The status while the device has written none.
const OPEN: u8 = 0xff;

/// What was lent to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) of: Of,
    /// Bytes that the device has to write, before the status.
    read_bytes: u32,
}

/// What something that was lent belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// It is all of the request with that token.
    Whole(u32),
    /// It is a part of the request with that token.
    Large(u32),
    /// The serial number is asked for.
    Serial,
}

impl Part {
    pub(super) fn new(of: Of, request: &Request) -> Self {
        let read_bytes = match request.kind {
            Kind::Read => u32::try_from(request.memory.size_bytes).unwrap_or(u32::MAX),
            _ => 0,
        };
        Self { of, read_bytes }
    }
}

/// Lends the device a request that it takes whole.
///
/// # Safety
///
/// There is room, and the memory stays as it is, for the device to read or to write, until the request
/// has ended.
#[inline]
pub(super) unsafe fn lend(ring: &Ring<Part>, limits: &Limits, part: Part, request: Request) {
    let Request { kind, first, count, memory } = request;
    let scratch = ring.scratch();
    let first = first.saturating_mul(limits.units());
    // SAFETY: they are the scratch bytes of the slot that is lent below, and the device has none of them.
    unsafe { write_header(scratch, number(kind), if kind == Kind::Flush { 0 } else { first }) };
    let data = match kind {
        Kind::Discard => {
            let count = u32::try_from(count.saturating_mul(limits.units())).unwrap_or(u32::MAX);
            // SAFETY: as above.
            unsafe { write_discard(scratch, first, count) };
            Memory { address: scratch + DATA_AT, size_bytes: DISCARD_BYTES as usize }
        }
        _ => memory,
    };
    let segments = segments(data, limits.segment_bytes_max, kind == Kind::Read);
    // SAFETY: by the contract of this function; the scratch bytes are the slot's own.
    unsafe { lend_chain(ring, part, scratch, segments) };
}

/// Lends the device the question for its serial number, and returns where the answer will be.
///
/// # Safety
///
/// There is room.
pub(super) unsafe fn lend_serial(ring: &Ring<Part>) -> usize {
    let scratch = ring.scratch();
    let at = scratch + DATA_AT;
    // SAFETY: they are the scratch bytes of the slot that is lent below, and the device has none of them.
    unsafe { write_header(scratch, TELL_SERIAL, 0) };
    // SAFETY: as above.
    unsafe { core::ptr::with_exposed_provenance_mut::<u8>(at).write_bytes(0, SERIAL_BYTES) };
    let segments = core::iter::once(ring::Part::written(at, 20));
    let part = Part { of: Of::Serial, read_bytes: 0 };
    // SAFETY: there is room, and the scratch bytes are the slot's own.
    unsafe { lend_chain(ring, part, scratch, segments) };
    at
}

/// # Safety
///
/// As for [`Ring::lend`].
#[inline]
unsafe fn lend_chain(
    ring: &Ring<Part>,
    part: Part,
    scratch: usize,
    segments: impl Iterator<Item = ring::Part>,
) {
    let header = core::iter::once(ring::Part::read(scratch, HEADER_BYTES));
    let status = core::iter::once(ring::Part::written(scratch + STATUS_AT, 1));
    // SAFETY: by the contract of this function.
    unsafe { ring.lend(part, header.chain(segments).chain(status)) };
}

/// Writes the header, and a status that no device writes.
///
/// # Safety
///
/// Scratch bytes of a request are there, and nobody else has them.
#[inline]
unsafe fn write_header(scratch: usize, number: u32, first: u64) {
    let words = core::ptr::with_exposed_provenance_mut::<u64>(scratch);
    // SAFETY: by the contract of this function. Scratch bytes are aligned to 8.
    unsafe { words.write(u64::from(number)) };
    // SAFETY: as above.
    unsafe { words.add(1).write(first) };
    // SAFETY: as above.
    unsafe { words.byte_add(STATUS_AT).cast::<u8>().write(OPEN) };
}

/// # Safety
///
/// As for [`write_header`].
unsafe fn write_discard(scratch: usize, first: u64, count: u32) {
    let words = core::ptr::with_exposed_provenance_mut::<u64>(scratch + DATA_AT);
    // SAFETY: by the contract of this function. Scratch bytes are aligned to 8.
    unsafe { words.write(first) };
    // SAFETY: as above.
    unsafe { words.add(1).write(u64::from(count)) };
}

/// Cuts memory into buffers that the device takes.
#[inline]
fn segments(memory: Memory, bytes_max: u32, is_written: bool) -> impl Iterator<Item = ring::Part> {
    let Memory { mut address, size_bytes: mut rest } = memory;
    core::iter::from_fn(move || {
        let size_bytes = u32::try_from(rest).unwrap_or(u32::MAX).min(bytes_max);
        let part = ring::Part { address, size_bytes, is_written };
        address = address.wrapping_add(size_bytes as usize);
        rest -= size_bytes as usize;
        (size_bytes > 0).then_some(part)
    })
}

/// Returns how a request has ended that the device has given back.
#[inline]
pub(super) fn outcome(used: &Used<Part>) -> Outcome {
    let status = core::ptr::with_exposed_provenance::<u8>(used.scratch + STATUS_AT);
    // SAFETY: the slot is not lent, so the device does not write to it.
    let status = unsafe { status.read_volatile() };
    // All that was asked for has to be there, with the status behind it.
    let Part { read_bytes, .. } = used.payload;
    let is_whole = read_bytes == 0 || used.written > read_bytes;
    match status {
        DONE if is_whole => Outcome::Done,
        UNKNOWN => Outcome::Invalid,
        _ => Outcome::Failed,
    }
}

fn number(kind: Kind) -> u32 {
    match kind {
        Kind::Read => READ,
        Kind::Write | Kind::WriteThrough => WRITE,
        Kind::Flush => FLUSH,
        Kind::Discard => DISCARD,
    }
}
