//! How the machine ends (`machine/PVH.md`, "The end").

use core::panic::PanicInfo;

use sarab_abi::{
    Status,
    crash::{Crash, Place},
};
use sarab_bare::panic::{Line, explain, is_out_of_memory};
use sarab_pvh::fault::{self, Hooks};
use sarab_xen::hypercall::{Hypervisor as _, Reason, Xen};

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
    crash()
}

/// Says why the program cannot start, and ends the machine.
pub(crate) fn refuse(status: Status, why: &str) -> ! {
    print(why);
    print("\n");
    end(status as u8, Reason::PowerOff)
}

/// Shows the report of a crash, and ends the machine.
fn report(crash: &Crash, place: &Place) -> ! {
    let mut line = Line::new(print_crash);
    let _ = crash.write(&mut line, place, fault::word_on_stack);
    drop(line);
    end(crash.status() as u8, Reason::Crash)
}

/// What becomes of a machine that has crashed.
pub(crate) const HOOKS: Hooks = Hooks { report, end: crash };

/// Ends the machine, whatever it was doing: the toolstack is told no status, but that it has crashed.
fn crash() -> ! {
    match host() {
        Some(host) => host.domain.hypervisor().shutdown(Reason::Crash),
        // SAFETY: this is kernel mode, memory is mapped one to one, and nothing goes on after this.
        None => drop(unsafe { Xen::find() }.map(|xen| xen.shutdown(Reason::Crash))),
    }
    fault::reset()
}

/// Shows a panic and ends. [`entry!`](crate::entry) makes it the panic handler of the image.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    explain(info, print);
    fault::crash(if is_out_of_memory(info) { &Crash::OutOfMemory } else { &Crash::Panic })
}
