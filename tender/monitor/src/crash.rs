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
    Status,
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
    /// An access to an address, of which is not known what it was.
    Access(u64),
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

impl Crash {
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
            Self::Access(address) => write!(f, "illegal access to {address:#x}"),
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
