//! Small guests in machine code.
//!
//! | offset | region |
//! | --- | --- |
//! | 0 | text |
//! | 1 MiB | constants, at the end of which is a word of 0xaa |
//! | 2 MiB | data, up to the middle the heap |
//! | 6 MiB and a page | the stack, of one page, between two that are unmapped |

use sarab_hvt::{Cage, Exit, Fault, GuestMemory, Protection, Region, Start, kvm};
use std::ptr;

const MIB: u64 = 1 << 20;
const PAGE: u64 = 4096;
const SIZE: u64 = 8 * MIB;
const BASE: u64 = 0x5a5a_0060_0000;

/// A place that a guest knows.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Text,
    Constants,
    Data,
    StackEnd,
    /// Between constants and data.
    Hole,
    /// The page below the stack.
    Guard,
    /// Between the last byte and the doorbell.
    AfterEnd,
    Doorbell,
}

impl Place {
    pub(crate) fn address(self) -> u64 {
        BASE + match self {
            Self::Text => 0,
            Self::Constants => MIB,
            Self::Hole => MIB + PAGE,
            Self::Data => 2 * MIB,
            Self::Guard => 6 * MIB,
            Self::StackEnd => 6 * MIB + 2 * PAGE,
            Self::AfterEnd => SIZE,
            Self::Doorbell => SIZE + PAGE,
        }
    }
}

/// A cage with a program in it.
pub(crate) struct Guest {
    pub(crate) cage: Cage,
}

impl Guest {
    /// Runs until the next exit.
    pub(crate) fn enter(&mut self) -> Exit {
        self.cage.enter().expect("the guest runs")
    }

    /// Replaces the program.
    pub(crate) fn write_text(&mut self, code: &[u8]) {
        put(self.cage.memory().host(), Place::Text, code);
    }

    /// Runs until the guest faults, which is the next exit.
    pub(crate) fn fault(&mut self) -> Fault {
        match self.enter() {
            Exit::Fault(fault) => fault,
            other => panic!("no fault but {other:x?}"),
        }
    }
}

/// Makes a cage for `code`, or says that the test was skipped.
///
/// The guest starts with `rdi` at the doorbell, and `argument` in the first word of its data.
pub(crate) fn in_a_cage(code: &[u8], argument: u64) -> Option<Guest> {
    let kvm = match kvm::open() {
        Ok(kvm) => kvm,
        Err(error) => {
            sarab_skip::skip(&error.to_string());
            return None;
        }
    };
    let host = map();
    put(host, Place::Text, code);
    put(host, Place::Constants, &[0xaa; 8]);
    put(host, Place::Data, &argument.to_le_bytes());
    // SAFETY: the mapping is never undone, and nobody borrows from it.
    let memory = unsafe { GuestMemory::new(host, SIZE, BASE, regions()) }.expect("a good layout");
    let start = Start {
        entry: Place::Text.address(),
        stack: Place::StackEnd.address(),
        argument: memory.doorbell(),
    };
    Some(Guest { cage: Cage::new(&kvm, memory, start).expect("a cage") })
}

fn regions() -> Vec<Region> {
    let region = |offset, size, protection| Region { offset, size, protection };
    vec![
        region(0, PAGE, Protection::ReadExecute),
        region(MIB, PAGE, Protection::Read),
        region(2 * MIB, 4 * MIB, Protection::ReadWrite),
        region(6 * MIB + PAGE, PAGE, Protection::ReadWrite),
    ]
}

fn map() -> *mut u8 {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let size = usize::try_from(SIZE).expect("64 bits");
    // SAFETY: a new mapping, wherever the kernel likes.
    let at = unsafe { libc::mmap(ptr::null_mut(), size, access, flags, -1, 0) };
    assert_ne!(at, libc::MAP_FAILED);
    at.cast()
}

fn put(host: *mut u8, place: Place, bytes: &[u8]) {
    let offset = usize::try_from(place.address() - BASE).expect("64 bits");
    // SAFETY: every place that is written to here is a page inside the mapping.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), host.add(offset), bytes.len()) }
}
