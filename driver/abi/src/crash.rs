//! A crash of a guest: what happened, and where, as offsets in its image.
//!
//! ```text
//! crash: stack overflow
//!   at 0x1a2b0
//! ```
//!
//! The report is written without an allocation. Who has the image turns the offsets into lines.

use core::fmt;

use crate::{PAGE_BYTES, Status};

/// What the line that says what happened starts with.
pub const HEAD: &str = "crash: ";
/// What a line of the chain of frames starts with, before an offset in the image.
pub const FRAME: &str = "  at 0x";

/// The most frames that a report has.
const FRAMES: usize = 64;

/// How a guest has crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// It panicked, and has said why.
    Panic,
    /// It ran out of memory.
    OutOfMemory,
    /// It touched the page below its stack.
    StackOverflow,
    /// It did what no program may.
    Fault(Fault),
    /// It broke the ABI.
    Violation {
        /// The device that it did it with, if it was one.
        device: Option<&'static str>,
        /// What it did.
        what: &'static str,
    },
}

/// What no program may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Reading an address.
    Read(u64),
    /// Writing to an address.
    Write(u64),
    /// Executing what is at an address.
    Execute(u64),
    /// An instruction that is undefined, or not for guests.
    Instruction,
    /// What the processor protects in general, without saying more: most often an address that none can be.
    Protection,
    /// Dividing by zero, or out of range.
    Division,
    /// Something else, by the processor's number.
    Other(u32),
    /// A system call, by its number.
    SystemCall(u64),
}

/// Where a guest was.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The instruction pointer.
    pub instruction: u64,
    /// The frame pointer.
    pub frame: u64,
    /// Where the image is.
    pub image: u64,
    /// Bytes in it.
    pub image_bytes: u64,
}

impl Fault {
    /// Reads what the processor says of a page fault: its error code and the address (Intel SDM volume 3,
    /// section 5.7).
    #[must_use]
    pub const fn of_page(code: u64, address: u64) -> Self {
        match code {
            code if code & 16 != 0 => Self::Execute(address),
            code if code & 2 != 0 => Self::Write(address),
            _ => Self::Read(address),
        }
    }
}

impl Crash {
    /// Returns the crash that `fault` is, of a guest whose stack starts at `stack`.
    #[must_use]
    pub fn of(fault: Fault, stack: u64) -> Self {
        match fault {
            Fault::Read(address) | Fault::Write(address)
                if (stack.saturating_sub(PAGE_BYTES)..stack).contains(&address) =>
            {
                Self::StackOverflow
            }
            fault => Self::Fault(fault),
        }
    }

    /// It broke the ABI, but with no device.
    #[must_use]
    pub const fn violation(what: &'static str) -> Self {
        Self::Violation { device: None, what }
    }

    /// Returns the status of the tender.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Panic => Status::Panicked,
            Self::OutOfMemory => Status::OutOfMemory,
            Self::StackOverflow => Status::StackOverflow,
            Self::Fault(Fault::SystemCall(_)) | Self::Violation { .. } => Status::Violation,
            Self::Fault(_) => Status::Fault,
        }
    }

    /// Writes the report; `word` reads a word of the guest's memory.
    ///
    /// The chain of return addresses is followed as far as it leads upwards through memory.
    pub fn write(
        &self,
        report: &mut impl fmt::Write,
        place: &Place,
        word: impl Fn(u64) -> Option<u64>,
    ) -> fmt::Result {
        writeln!(report, "{HEAD}{self}")?;
        place.write(report, place.instruction)?;
        let mut frame = place.frame;
        for _ in 0..FRAMES {
            // A frame begins with the frame before it and the return address (System V ABI, "The Stack
            // Frame"). Frames lie one above the other.
            let (Some(before), Some(address)) = (word(frame), word(frame.wrapping_add(8))) else {
                return Ok(());
            };
            if address == 0 {
                return Ok(());
            }
            place.write(report, address)?;
            if before <= frame {
                return Ok(());
            }
            frame = before;
        }
        Ok(())
    }
}

impl Place {
    /// Writes an address in the image; others say nothing.
    fn write(&self, report: &mut impl fmt::Write, address: u64) -> fmt::Result {
        match address.checked_sub(self.image) {
            Some(offset) if offset < self.image_bytes => writeln!(report, "{FRAME}{offset:x}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic => f.write_str("panic"),
            Self::OutOfMemory => f.write_str("out of memory"),
            Self::StackOverflow => f.write_str("stack overflow"),
            Self::Fault(fault) => fault.fmt(f),
            Self::Violation { device: None, what } => write!(f, "the guest broke the ABI: {what}"),
            Self::Violation { device: Some(device), what } => {
                write!(f, "the guest broke the ABI with device `{device}`: {what}")
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(address) => write!(f, "illegal read of {address:#x}"),
            Self::Write(address) => write!(f, "illegal write to {address:#x}"),
            Self::Execute(address) => write!(f, "illegal jump to {address:#x}"),
            Self::Instruction => f.write_str("illegal instruction"),
            Self::Protection => f.write_str("general protection fault"),
            Self::Division => f.write_str("division error"),
            Self::Other(number) => write!(f, "processor exception {number}"),
            Self::SystemCall(number) => write!(f, "forbidden system call {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::{String, ToString};

    use super::*;

    #[test]
    fn only_the_page_below_the_stack_is_its_overflow() {
        let of = |code, address| Crash::of(Fault::of_page(code, address), 0x8000).to_string();
        for (code, address, expected) in [
            (6, 0x7fff, "stack overflow"),
            (4, 0x7000, "stack overflow"),
            (6, 0x6fff, "illegal write to 0x6fff"),
            (4, 0x8000, "illegal read of 0x8000"),
            (20, 0x7fff, "illegal jump to 0x7fff"),
        ] {
            assert_eq!(of(code, address), expected);
        }
    }

    #[test]
    fn a_chain_of_frames_ends_where_it_leads_no_further_up() {
        let place = Place { instruction: 0x1010, frame: 0x8000, image: 0x1000, image_bytes: 0x100 };
        let reported = |words: [(u64, u64); 4]| {
            let mut report = String::new();
            let word = |at| words.iter().find(|(address, _)| *address == at).map(|it| it.1);
            Crash::Panic.write(&mut report, &place, word).unwrap();
            report
        };
        let (up, back) = ((0x8000, 0x8010), (0x8000, 0x7000));
        let frames = [(0x8008, 0x1020), (0x8010, 0x9000), (0x8018, 0x9999)];
        let chain = |first| [first, frames[0], frames[1], frames[2]];
        let head = "crash: panic\n  at 0x10\n  at 0x20\n";
        assert_eq!(reported(chain(up)), head);
        assert_eq!(reported(chain(back)), head);
        assert_eq!(reported([(1, 0); 4]), "crash: panic\n  at 0x10\n");
    }
}
