//! What the guest does that it may not, as the kernel tells it: by signals.

use sarab_monitor::{
    Error,
    crash::{Crash, Fault},
    signal,
};

use crate::guest;

/// Bytes of the stack that handlers run on, as the guest's may be used up.
const STACK_BYTES: usize = 64 << 10;

/// Watches for the signals that the crash of a program is. A breakpoint, or a use of the processor that no compiler
/// makes, ends the process by the kernel's hand.
pub(crate) fn watch() -> Result<(), Error> {
    let cannot = |error| Error::unavailable(format_args!("cannot watch the guest: {error}"));
    own_stack().map_err(cannot)?;
    let flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    let signals = [libc::SIGSEGV, libc::SIGILL, libc::SIGFPE, libc::SIGSYS];
    let handler = on_crash as *const () as usize;
    signals.into_iter().try_for_each(|it| signal::handle(it, handler, flags)).map_err(cannot)
}

fn own_stack() -> std::io::Result<()> {
    let memory = vec![0_u8; STACK_BYTES].leak();
    let stack =
        libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: memory.len() };
    // SAFETY: the memory is leaked to it.
    match unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

extern "C" fn on_crash(
    signal: i32,
    info: *const libc::siginfo_t,
    context: *const libc::ucontext_t,
) {
    // SAFETY: the kernel hands both to a handler.
    let (info, context) = unsafe { (&*info, &*context) };
    let register = |index: i32| {
        let index = usize::try_from(index).unwrap_or_default();
        context.uc_mcontext.gregs.get(index).map_or(0, |value| value.cast_unsigned())
    };
    let (instruction, frame) = (register(libc::REG_RIP), register(libc::REG_RBP));
    // SAFETY: of these signals the kernel says an address, or nothing that is read as one.
    let address = unsafe { info.si_addr() } as u64;
    let fault = match signal {
        libc::SIGSEGV => access(register(libc::REG_TRAPNO), register(libc::REG_ERR), address),
        libc::SIGILL => Fault::Instruction,
        libc::SIGFPE => Fault::Division,
        libc::SIGSYS => Fault::SystemCall(register(libc::REG_RAX)),
        _ => Fault::Other(u32::try_from(register(libc::REG_TRAPNO)).unwrap_or(u32::MAX)),
    };
    let (stack, _) = guest::stack();
    let crash = Crash::of(fault, stack);
    guest::crashed(&crash, instruction, frame)
}

/// Reads what the kernel says of a memory fault; of a general protection it says no address.
fn access(exception: u64, code: u64, address: u64) -> Fault {
    const PAGE_FAULT: u64 = 14;
    if exception == PAGE_FAULT { Fault::of_page(code, address) } else { Fault::Instruction }
}
