//! How the machine ends (`machine/PVH.md`, "The end").

use core::panic::PanicInfo;

use sarab_abi::{
    Status,
    crash::{Crash, Place},
};
use sarab_bare::panic::{Line, explain, is_out_of_memory};
use sarab_pvh::fault;
use sarab_xen::hypercall::Reason;

use super::{
    console::{print, print_crash},
    host::{host, tell_status},
};

/// Ends the machine.
pub(crate) fn end(status: u8, reason: Reason) -> ! {
    if let Some(host) = host() {
        host.console.finish();
        tell_status(host, status);
        host.domain.hypervisor().shutdown(reason);
    }
    fault::reset()
}

/// Says why the program cannot start, and ends the machine.
pub(crate) fn refuse(status: Status, why: &str) -> ! {
    print(why);
    print("\n");
    end(status as u8, Reason::PowerOff)
}

/// Shows the report of a crash, and ends the machine.
pub(crate) fn report(crash: &Crash, place: &Place) -> ! {
    let mut line = Line::new(print_crash);
    let _ = crash.write(&mut line, place, fault::word_on_stack);
    drop(line);
    end(crash.status() as u8, Reason::Crash)
}

/// Shows a panic and ends. [`entry!`](crate::entry) makes it the panic handler of the image.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    explain(info, print);
    fault::crash(if is_out_of_memory(info) { &Crash::OutOfMemory } else { &Crash::Panic })
}
