//! What a fault of the processor says of the guest.

use sarab_hvt::{Fault, Vector};
use sarab_monitor::{
    Tender,
    crash::{Crash, Fault as Did},
};

/// How far below the stack an access may be to be its overflow.
const GAP_BYTES: u64 = 4096;

/// The instruction `syscall`, which guests have no use for.
const SYSCALL: u16 = u16::from_le_bytes([0x0f, 0x05]);

/// Returns how the guest of `tender` has crashed.
pub(super) fn of(fault: &Fault, tender: &Tender) -> Crash {
    let (stack, _) = tender.stack();
    const DIVIDE: u8 = 0;
    const UNDEFINED: u8 = 6;
    const STACK: u8 = 12;
    const PROTECTION: u8 = 13;
    let Vector(vector) = fault.vector;
    match (fault.address, vector) {
        (Some(address), _) => {
            let did = access(fault.error_code, address);
            let is_below = (stack.saturating_sub(GAP_BYTES)..stack).contains(&address);
            if is_below { Crash::StackOverflow } else { Crash::Fault(did) }
        }
        (None, UNDEFINED) if tender.memory().get(fault.registers.rip) == Some(SYSCALL) => {
            Crash::Fault(Did::SystemCall(fault.registers.rax))
        }
        (None, DIVIDE) => Crash::Fault(Did::Division),
        (None, UNDEFINED | STACK | PROTECTION) => Crash::Fault(Did::Instruction),
        (None, other) => Crash::Fault(Did::Other(other.into())),
    }
}

/// Reads the error code of a page fault (Intel SDM volume 3, section 5.7).
fn access(code: u64, address: u64) -> Did {
    match code {
        code if code & 16 != 0 => Did::Execute(address),
        code if code & 2 != 0 => Did::Write(address),
        _ => Did::Read(address),
    }
}
