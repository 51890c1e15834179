//! The tender: a cage, and what its guest rings for.

mod crash;
mod debug;
mod fences;

use std::{convert::Infallible, env, fmt::Display, mem};

use sarab_abi::DOORBELL_STORE;
use sarab_hvt::{Cage, Exit, GuestMemory, Protection, Region, Start as CageStart, kvm};
use sarab_monitor::{
    After, Error, Start, Tender,
    command::Command,
    crash::Crash,
    fence,
    memory::{Memory, Protection as Allowed},
};

use debug::Debugger;

/// Bits of an address that are drawn: the lower half of the address space, less room for the largest
/// guest, in whole pages.
const BASE_MASK: u64 = 0x3fff_ffff_f000;

/// Where the lowest base is, so that small addresses are no memory of a guest.
const BASE_MIN: u64 = 1 << 32;

/// Runs a guest, and ends the process with it.
pub(crate) fn run() -> Result<Infallible, Error> {
    let command = Command::read(env::args_os().skip(1))?;
    let kvm = kvm::open().map_err(Error::unavailable)?;
    let start = Start::prepare(&command, |memory| {
        memory.set_base(draw_base()?);
        // A page that is no memory lies between the two.
        Ok((DOORBELL_STORE, memory.base() + memory.size_bytes() + 4096))
    })?;
    let memory = cage_memory(start.tender.memory())?;
    let first = CageStart { entry: start.entry, stack: start.stack, argument: start.boot };
    let mut cage = Cage::new(&kvm, memory, first).map_err(cannot)?;
    drop(kvm);
    let debugger = command.debug_port.map(|port| debug::wait(port, &start, &mut cage));
    let debugger = debugger.transpose()?;
    if debugger.is_some() {
        fence::forbid()?;
    }
    let mut tender = start.tender;
    tender.boot()?;
    fences::shut(&tender, &cage, debugger.as_ref())?;
    let error = serve(&mut cage, &mut tender, debugger);
    // Behind the fence nothing can be given back.
    mem::forget((cage, tender));
    error
}

/// Runs the guest to its end, under the debugger for as long as one is there.
fn serve(
    cage: &mut Cage,
    tender: &mut Tender,
    debugger: Option<Debugger>,
) -> Result<Infallible, Error> {
    if let Some(debugger) = debugger {
        debugger.run(cage, tender)?;
    }
    loop {
        let exit = cage.enter().map_err(cannot)?;
        if let Some(status) = after(exit, cage, tender)? {
            end(status);
        }
    }
}

/// Ends the process at once: behind its fence it can give nothing back, and the kernel does that anyway.
fn end(status: u8) -> ! {
    // SAFETY: the process may end so; nothing of it is to be saved.
    unsafe { libc::_exit(status.into()) }
}

fn cannot(error: impl Display) -> Error {
    Error::unavailable(format_args!("KVM cannot run the guest: {error}; `-t spt` runs it without"))
}

/// Does what the guest needs that stopped with `exit`. Returns the status if the guest has ended.
fn after(exit: Exit, cage: &Cage, tender: &mut Tender) -> Result<Option<u8>, Error> {
    match exit {
        Exit::Doorbell(operation) => match tender.ring(operation) {
            After::GoOn => Ok(None),
            After::Ended(status) => Ok(Some(status)),
            After::Crashed(crash) => {
                let registers = cage.registers().map_err(cannot)?;
                Ok(Some(tender.crashed(&crash, registers.rip, registers.rbp)))
            }
        },
        Exit::Interrupted => Ok(None),
        Exit::Fault(fault) => {
            let crash = crash::of(&fault, tender);
            Ok(Some(tender.crashed(&crash, fault.registers.rip, fault.registers.rbp)))
        }
        Exit::Misuse(_) => ended_by(cage, tender, "a wrong use of the doorbell"),
        Exit::Unexpected(what) => ended_by(cage, tender, what),
    }
}

fn ended_by(cage: &Cage, tender: &Tender, what: &'static str) -> Result<Option<u8>, Error> {
    let registers = cage.registers().map_err(cannot)?;
    let crash = Crash::violation(what);
    Ok(Some(tender.crashed(&crash, registers.rip, registers.rbp)))
}

/// Describes guest memory for the cage, part by part.
fn cage_memory(memory: &Memory) -> Result<GuestMemory, Error> {
    let regions = memory.parts().iter().map(|part| Region {
        offset: part.start,
        size: part.end - part.start,
        protection: match part.protection {
            Allowed::Read => Protection::Read,
            Allowed::ReadExecute => Protection::ReadExecute,
            Allowed::ReadWrite => Protection::ReadWrite,
        },
    });
    let (host, size) = (memory.host().as_ptr(), memory.size_bytes());
    // SAFETY: the mapping is never undone, and nobody borrows from it.
    let memory = unsafe { GuestMemory::new(host, size, memory.base(), regions.collect()) };
    memory.map_err(|error| Error::usage(format_args!("the guest's memory does not fit: {error}")))
}

/// Draws the address at which the guest sees its memory.
fn draw_base() -> Result<u64, Error> {
    let mut bytes = [0_u8; 8];
    // SAFETY: the kernel writes eight bytes of our own.
    let size = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if usize::try_from(size) != Ok(bytes.len()) {
        return Err(Error::unavailable("the host has no random numbers"));
    }
    Ok((u64::from_le_bytes(bytes) & BASE_MASK) + BASE_MIN)
}
