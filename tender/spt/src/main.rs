//! A tender whose guest is a part of its own process, behind a filter of system calls.
//!
//! The guest is loaded into this process, at an address that the kernel draws. Then the process shuts
//! itself in for good, and jumps into the guest: from there on it can make the few system calls that
//! `sarab_monitor::fence::calls` lists, on the descriptors that it has opened, and no other. The doorbell
//! is a function of the tender, so a ring costs a call.
//!
//! Guest and tender share an address space, and the guest may read and overwrite what the tender keeps
//! there. So nothing is kept there that the guest may not know, and overwriting gains it nothing: what
//! holds the guest is the kernel's filter, which knows nothing of their memory.

#![no_main]

mod crash;
mod environment;
mod guest;
mod heap;
mod protect;

use std::{
    env,
    ffi::{c_char, c_int},
};

use sarab_abi::{DOORBELL_CALL, Status};
use sarab_monitor::{Error, Start, command::Command, fence, signal};

/// The C library calls it directly: what Rust's own start does besides (a stack guard, signal handlers)
/// is what this program does in its own way, and takes a third of its system calls.
#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    match run() {
        Ok(never) => match never {},
        Err(error) => error.report("sarab-spt"),
    }
}

fn run() -> Result<std::convert::Infallible, Error> {
    let command = Command::read(env::args_os().skip(1))?;
    let doorbell = guest::doorbell as *const () as u64;
    // The guest sees its memory where this process does: at an address that the kernel has drawn.
    let mut start = Start::prepare(&command, |_| Ok((DOORBELL_CALL, doorbell)))?;
    protect::apply(start.tender.memory()).map_err(|error| {
        Error::unavailable(format_args!("cannot protect the guest's memory: {error}"))
    })?;
    crash::watch()?;
    environment::forget();
    if command.debug_port.is_some() {
        wait_for_debugger(start.image)?;
        fence::forbid()?;
    }
    let rules = fence::calls::common(&start.tender.descriptors())?;
    start.tender.boot()?;
    fence::shut(rules)?;
    guest::enter(start)
}

/// Says where the image is, and waits until somebody lets the process go on. If the host asks to end before,
/// the process ends.
fn wait_for_debugger(image: u64) -> Result<(), Error> {
    // Where Yama lets parents alone debug, gdb is none. Where there is no Yama, this fails, and need not work.
    // SAFETY: the call takes no pointer.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY) };
    match signal::until_let_go(|| eprintln!("debug: image at {image:#x}")) {
        Ok(true) => Ok(()),
        // There is nothing yet that could be asked to end.
        Ok(false) => guest::end(Status::Interrupted as u8),
        Err(error) => Err(Error::unavailable(format_args!("cannot wait for a debugger: {error}"))),
    }
}
