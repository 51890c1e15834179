//! A tender whose guest is a virtual machine without a ring 0.
//!
//! The guest runs in a [`Cage`]: it starts in ring 3 and stays there, behind page tables that it cannot
//! reach. It rings by a store to a page that is no memory, which KVM reports; so a ring costs an exit of
//! the machine. The tender shuts itself in as well: should a guest break out of its cage, it is in a
//! process that can make a handful of system calls.
#![no_main]

mod tender;

use std::ffi::{c_char, c_int};

use sarab_monitor::{Arena, arena};

// SAFETY: nothing else calls it in this program.
#[global_allocator]
static HEAP: Arena = unsafe { arena() };

/// The C library calls it directly: what Rust's own start does besides is not needed here.
#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    match tender::run() {
        Ok(never) => match never {},
        Err(error) => error.report("sarab-hvt"),
    }
}
