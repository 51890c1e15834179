//! How the machine ends (`machine/PVH.md`, "The end").

use core::panic::PanicInfo;

use sarab_abi::{
    Status,
    crash::{Crash, Place},
};
use sarab_bare::panic::{Line, explain, is_out_of_memory};
use sarab_pvh::{
    fault::{self, Hooks},
    port::Port,
    serial,
};

use super::console::print_error;

/// The port that takes the status as it is.
// SAFETY: what is written there ends the machine, or nothing.
const STATUS: Port = unsafe { Port::new(0x501) };
/// The port of QEMU's `isa-debug-exit`.
// SAFETY: as above.
const DEBUG_EXIT: Port = unsafe { Port::new(0xf4) };
/// The port of the power states of ACPI, and what switches the machine off there, on QEMU's PCs.
// SAFETY: as above.
const POWER: (Port, u16) = (unsafe { Port::new(0x604) }, 0x2000);
/// The same on Cloud Hypervisor.
// SAFETY: as above.
const SLEEP: (Port, u8) = (unsafe { Port::new(0x600) }, 0x34);
/// The port of the keyboard controller, and what asks it to reset the machine.
// SAFETY: as above.
const RESET: (Port, u8) = (unsafe { Port::new(0x64) }, 0xfe);

/// Ends the machine.
pub(crate) fn end(status: u8) -> ! {
    serial::finish();
    STATUS.write8(status);
    DEBUG_EXIT.write32(status.into());
    POWER.0.write16(POWER.1);
    SLEEP.0.write8(SLEEP.1);
    RESET.0.write8(RESET.1);
    fault::reset()
}

/// Says why the program cannot start, and ends the machine.
pub(crate) fn refuse(status: Status, why: &str) -> ! {
    print_error(why);
    print_error("\n");
    end(status as u8)
}

/// Shows the report of a crash, and ends the machine.
fn report(crash: &Crash, place: &Place) -> ! {
    let mut line = Line::new(print_error);
    let _ = crash.write(&mut line, place, fault::word_on_stack);
    drop(line);
    end(crash.status() as u8)
}

/// What becomes of a machine that has crashed.
pub(crate) const HOOKS: Hooks = Hooks { report, end: || end(Status::Fault as u8) };

/// Shows a panic and ends. [`entry!`](crate::entry) makes it the panic handler of the image.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    explain(info, print_error);
    fault::crash(if is_out_of_memory(info) { &Crash::OutOfMemory } else { &Crash::Panic })
}
