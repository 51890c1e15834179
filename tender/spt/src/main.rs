//! A tender whose guest is a part of its own process, behind a filter of system calls.
//!
//! The guest is loaded into this process, at an address that the kernel draws. Then the process shuts
//! itself in for good, and jumps into the guest: from there on it can make the few system calls that
//! `sarab_monitor::fence::calls` lists, on the descriptors that it has opened, and no other. The doorbell
//! is a function of the tender, so a ring costs a call.
//!
//! Guest and tender share an address space, and the guest may overwrite what the tender keeps there. That
//! gains it nothing: what holds the guest is the kernel's filter, which knows nothing of their memory.

#![no_main]

mod arena;
mod crash;
mod guest;
mod protect;

use std::{
    env,
    ffi::{c_char, c_int},
};

use sarab_abi::DOORBELL_CALL;
use sarab_monitor::{
    Error, Tender, attach::Attached, command::Command, fence, image::Image, layout::Layout,
    memory::Memory,
};

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
    let image = Image::open(&command.image)?;
    let attached = Attached::open(&image.wants, &command)?;
    let layout = Layout::new(&image, &attached, &command.words, command.memory_bytes)?;
    let cannot = |error| Error::unavailable(format_args!("cannot get memory for the guest: {error}"));
    let mut memory = Memory::map(layout.size_bytes()).map_err(cannot)?;
    memory.set_parts(layout.parts(&image));
    let base = memory.base();
    image.load(&memory, base + layout.image())?;
    let mut tender = Tender::new(memory, &layout, image.span_bytes)?;
    let devices = tender.attach(attached, &layout)?;
    let doorbell = (DOORBELL_CALL, guest::doorbell as *const () as u64);
    let written = layout.write_boot(tender.memory(), &devices, doorbell);
    written.ok_or_else(|| Error::usage("the arguments do not fit the guest's memory"))?;
    let entry = base + layout.image() + image.entry;
    let stack = base + layout.stack_pointer();
    // Unmapping it would take a system call, and gain nothing.
    std::mem::forget(image);
    protect::apply(tender.memory()).map_err(cannot)?;
    crash::watch()?;
    if command.debug_port.is_some() {
        wait_for_debugger(base + layout.image());
    }
    let rules = fence::calls::common(&tender.descriptors())?;
    tender.boot()?;
    fence::shut(rules)?;
    guest::enter(tender, entry, stack, base + layout.boot())
}

/// Says where the image is, and stops until somebody lets the process go on.
fn wait_for_debugger(image: u64) {
    eprintln!("debug: image at {image:#x}");
    // SAFETY: stopping has no effect on memory.
    unsafe { libc::raise(libc::SIGSTOP) };
}
