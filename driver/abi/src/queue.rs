//! Queues: submissions of the guest, completions of the tender.

use core::mem::{offset_of, size_of};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Bytes that a piece of memory for frames has at least: the largest frame, that of an IPv6 packet of
/// 65,535 bytes behind its header of 40, with 18 of Ethernet and a VLAN tag, behind its own header of
/// 10; in whole lines of 16.
pub const PIECE_BYTES_MIN: u32 = 65_616;

/// The request of a piece of memory: frames are to be finished, with all their checksums, and no longer
/// than the wire carries.
pub const RECEIVE_FRAMES: u32 = 0;
/// The request of a piece of memory: frames are welcome as the host has them, long and unfinished.
pub const RECEIVE_PACKETS: u32 = 1;

/// The counts at the start of a queue.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Counts {
    /// Submissions, of the guest.
    pub submitted: u32,
    /// Those that the tender has taken.
    pub taken: u32,
    /// Completions, of the tender.
    pub completed: u32,
    /// Those that the guest has seen.
    pub seen: u32,
    reserved: [u64; 6],
}

/// What a guest asks for.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Submission {
    /// Where the data are; or for a discard the count of sectors.
    pub address: u64,
    /// Bytes in them.
    pub size_bytes: u32,
    /// What the completion says to be recognised.
    pub token: u32,
    /// The header of a frame in ten bytes, or the first sector in eight.
    pub header: [u8; 12],
    /// A [`Request`] of a disk.
    pub request: u32,
}

/// What a disk is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Request {
    /// Read sectors.
    Read = 0,
    /// Write sectors.
    Write = 1,
    /// Write sectors so that they survive a crash.
    WriteThrough = 2,
    /// Make what was written survive a crash.
    Flush = 3,
    /// Forget sectors.
    Discard = 4,
}

/// What came of a submission.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Completion {
    /// The token of the submission.
    pub token: u32,
    /// Bytes in a header and its frame.
    pub size_bytes: u32,
    /// Where in its piece a frame's header starts.
    pub offset_bytes: u32,
    /// An [`Outcome`].
    pub outcome: u32,
}

/// How a submission ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// It was done.
    Done = 0,
    /// A piece of memory is given back.
    GivenBack = 1,
    /// The host refused.
    Refused = 2,
    /// The host has no room.
    NoRoom = 3,
    /// The disk cannot be written.
    ReadOnly = 4,
    /// The disk has no such sectors, or there is no such request.
    Invalid = 5,
}

impl Request {
    /// Reads a request.
    #[must_use]
    pub const fn new(value: u32) -> Option<Self> {
        Some(match value {
            0 => Self::Read,
            1 => Self::Write,
            2 => Self::WriteThrough,
            3 => Self::Flush,
            4 => Self::Discard,
            _ => return None,
        })
    }
}

impl Outcome {
    /// Reads an outcome; one of a later version is a refusal.
    #[must_use]
    pub const fn new(value: u32) -> Self {
        match value {
            0 => Self::Done,
            1 => Self::GivenBack,
            3 => Self::NoRoom,
            4 => Self::ReadOnly,
            5 => Self::Invalid,
            _ => Self::Refused,
        }
    }
}

/// Returns the bytes of a queue of `slots`.
#[must_use]
pub const fn queue_bytes(slots: u32) -> u64 {
    completion_at(slots, 0) + size_of::<Completion>() as u64 * slots as u64
}

/// Returns where in a queue of `slots` submission `count` stands.
#[must_use]
pub const fn submission_at(slots: u32, count: u32) -> u64 {
    size_of::<Counts>() as u64 + size_of::<Submission>() as u64 * (count & (slots - 1)) as u64
}

/// Returns where in a queue of `slots` completion `count` stands.
#[must_use]
pub const fn completion_at(slots: u32, count: u32) -> u64 {
    size_of::<Counts>() as u64
        + size_of::<Submission>() as u64 * slots as u64
        + size_of::<Completion>() as u64 * (count & (slots - 1)) as u64
}

const _: () = {
    assert!(offset_of!(Counts, seen) == 12 && size_of::<Counts>() == 64);
    assert!(offset_of!(Submission, header) == 16 && offset_of!(Submission, request) == 28);
    assert!(size_of::<Submission>() == 32 && size_of::<Completion>() == 16);
};
