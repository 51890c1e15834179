//! What is said when a guest has crashed: what happened, and where, as offsets in its image.
//!
//! ```text
//! crash: stack overflow
//!   at 0x1a2b0
//! ```
//!
//! The report is written without an allocation. Who has the image turns the offsets into lines.

use std::fmt::{self, Write};

use sarab_abi::{
    PAGE_BYTES, Status,
    crash::{FRAME, HEAD},
};

use crate::{console, memory::Memory};

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

    /// Writes the report to standard error.
    pub fn report(&self, memory: &Memory, place: &Place) {
        let mut report = Report { text: [0; 4096], used: 0 };
        // What does not fit is cut off.
        let _ = writeln!(report, "{HEAD}{self}");
        let _ = frames(&mut report, memory, place);
        console::write_all(libc::STDERR_FILENO, report.text.as_ptr(), report.used);
    }
}

/// Writes the chain of return addresses, as far as it leads through the guest's stack.
fn frames(report: &mut Report, memory: &Memory, place: &Place) -> fmt::Result {
    let mut frame = place.frame;
    report.frame(place, place.instruction)?;
    for _ in 0..FRAMES {
        // A frame begins with the frame before it and the return address (System V ABI, "The Stack
        // Frame"). Frames lie one above the other.
        let (Some(before), Some(address)) =
            (memory.get::<u64>(frame), memory.get::<u64>(frame.wrapping_add(8)))
        else {
            return Ok(());
        };
        if address == 0 {
            return Ok(());
        }
        report.frame(place, address)?;
        if before <= frame {
            return Ok(());
        }
        frame = before;
    }
    Ok(())
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
            Self::Division => f.write_str("division error"),
            Self::Other(number) => write!(f, "processor exception {number}"),
            Self::SystemCall(number) => write!(f, "forbidden system call {number}"),
        }
    }
}

struct Report {
    text: [u8; 4096],
    used: usize,
}

impl Report {
    /// Writes an address in the image; others say nothing.
    fn frame(&mut self, place: &Place, address: u64) -> fmt::Result {
        match address.checked_sub(place.image) {
            Some(offset) if offset < place.image_bytes => writeln!(self, "{FRAME}{offset:x}"),
            _ => Ok(()),
        }
    }
}

impl Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.text.get_mut(self.used..).and_then(|room| room.get_mut(..text.len()));
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
}
