//! How a guest ends that cannot go on.

use core::panic::PanicInfo;

use sarab_abi::{PANICKED, RAN_OUT_OF_MEMORY, Ring};
use sarab_bare::panic::{explain, is_out_of_memory};

use super::{
    boot::{control, is_installed},
    console::{Stream, print},
    doorbell,
};

/// Shows a panic and ends. [`entry!`](crate::entry) makes it the panic handler of the image.
pub fn panic(info: &PanicInfo<'_>) -> ! {
    if is_installed() {
        explain(info, |text| print(Stream::Error, text));
        let reason = if is_out_of_memory(info) { RAN_OUT_OF_MEMORY } else { PANICKED };
        // SAFETY: the field is in the control block, which nobody else reaches now.
        unsafe { (&raw mut (*control()).status).write_volatile(reason) };
        doorbell::end(Ring::Abort);
    }
    // Nothing is known of the tender, so only a fault can tell it.
    loop {
        // SAFETY: the instruction is undefined, which ends the guest.
        unsafe { core::arch::asm!("ud2") }
    }
}
