//! The memory of a tender itself, in one static piece.
//!
//! Behind its fence a tender can get no memory from the kernel. So whatever it allocates comes from here
//! from the start, where it costs no system call either. A page that is not touched takes no room.

use spinning_top::RawSpinlock;
use talc::{TalcLock, source::Claim};

/// Enough for the names of devices and for a command line as long as the kernel allows.
const ARENA_BYTES: usize = 16 << 20;

static mut ARENA: [u8; ARENA_BYTES] = [0; ARENA_BYTES];

/// An allocator over the arena.
pub type Arena = TalcLock<RawSpinlock, Claim>;

/// Makes the allocator. A tender has one, as its global allocator.
///
/// # Safety
///
/// It is called once in a program.
#[must_use]
pub const unsafe fn arena() -> Arena {
    // SAFETY: by the contract of this function nobody else refers to the arena.
    TalcLock::new(unsafe { Claim::array(&raw mut ARENA) })
}
