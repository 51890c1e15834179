//! Faults: what the guest did that it may not.

use crate::{exit::Access, registers::Registers};
use std::fmt;

/// The number of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vector(pub u8);

impl Vector {
    #![expect(missing_docs, reason = "`Display` says it in words")]

    pub const DIVIDE: Self = Self(0);
    pub const DEBUG: Self = Self(1);
    pub const BREAKPOINT: Self = Self(3);
    pub const INVALID_OPCODE: Self = Self(6);
    pub const DOUBLE_FAULT: Self = Self(8);
    pub const STACK_SEGMENT: Self = Self(12);
    pub const PROTECTION: Self = Self(13);
    pub const PAGE: Self = Self(14);
    pub const FLOAT: Self = Self(16);
    pub const ALIGNMENT: Self = Self(17);
    pub const VECTOR_FLOAT: Self = Self(19);

    fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::DIVIDE => "divide error",
            Self::DEBUG => "debug trap",
            Self::BREAKPOINT => "breakpoint",
            Self::INVALID_OPCODE => "invalid instruction",
            Self::DOUBLE_FAULT => "double fault",
            Self::STACK_SEGMENT => "address that is not canonical, by the stack",
            Self::PROTECTION => "privileged instruction or address that is not canonical",
            Self::PAGE => "page fault",
            Self::FLOAT => "floating-point error",
            Self::ALIGNMENT => "misaligned access",
            Self::VECTOR_FLOAT => "vector floating-point error",
            _ => return None,
        })
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "exception {}", self.0),
        }
    }
}

/// A fault, with the guest as it was before the instruction that faulted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which exception.
    pub vector: Vector,
    /// What the processor says about it; 0 where it says nothing.
    pub error_code: u64,
    /// The address that could not be used, if `vector` is [`Vector::PAGE`].
    pub address: Option<u64>,
    /// The guest's registers; `rip` is that of the instruction, or after it for traps.
    pub registers: Registers,
}

impl Fault {
    /// What a page fault was for.
    #[must_use]
    pub fn access(&self) -> Option<Access> {
        self.address?;
        Some(match self.error_code {
            code if code & 1 << 4 != 0 => Access::Execute,
            code if code & 1 << 1 != 0 => Access::Store,
            _ => Access::Load,
        })
    }

    /// Whether a page fault hit a page that is there, but not for this access.
    #[must_use]
    pub fn is_protection(&self) -> bool {
        self.address.is_some() && self.error_code & 1 != 0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.registers.rip;
        let Some((access, address)) = self.access().zip(self.address) else {
            return write!(f, "{} at {at:#x} (error code {:#x})", self.vector, self.error_code);
        };
        let did = match access {
            Access::Load => "load from",
            Access::Store => "store to",
            Access::Execute => "jump to",
        };
        let page = if self.is_protection() { "protected" } else { "unmapped" };
        write!(f, "{did} {page} address {address:#x} at {at:#x}")
    }
}
