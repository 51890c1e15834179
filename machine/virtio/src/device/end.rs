//! How the machine ends (`machine/PVH.md`, "The end").

use core::panic::PanicInfo;

use sarab_abi::{
    Status,
    crash::{Crash, Place},
};
use sarab_bare::panic::{Line, explain, is_out_of_memory};
use sarab_pvh::{
    fault::{self, Hooks},
    port, serial,
};

use super::console::print_error;

/// The port that takes the status as it is.
const STATUS: u16 = 0x501;
/// The port of QEMU's `isa-debug-exit`.
const DEBUG_EXIT: u16 = 0xf4;
/// The port of the power states of ACPI, and what switches the machine off there, on QEMU's PCs.
const POWER: (u16, u16) = (0x604, 0x2000);
/// The same on Cloud Hypervisor.
const SLEEP: (u16, u8) = (0x600, 0x34);
/// The port of the keyboard controller, and what asks it to reset the machine.
const RESET: (u16, u8) = (0x64, 0xfe);

/// Ends the machine.
pub(crate) fn end(status: u8) -> ! {
    serial::finish();
    port::write8(STATUS, status);
    port::write32(DEBUG_EXIT, status.into());
    port::write16(POWER.0, POWER.1);
    port::write8(SLEEP.0, SLEEP.1);
    port::write8(RESET.0, RESET.1);
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
