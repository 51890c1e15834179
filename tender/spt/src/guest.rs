//! Into the guest, and back at the doorbell.

use std::{
    arch::asm,
    sync::atomic::{AtomicPtr, Ordering},
};

use sarab_monitor::{After, Start, Tender, crash::Crash};

/// The tender, for the doorbell and for signal handlers.
static TENDER: AtomicPtr<Tender> = AtomicPtr::new(std::ptr::null_mut());

/// Starts the guest.
pub(crate) fn enter(start: Start) -> ! {
    let Start { tender, entry, stack, boot, .. } = start;
    TENDER.store(Box::into_raw(Box::new(tender)), Ordering::Relaxed);
    // SAFETY: the entry point is code of the guest, and the stack is its own. It never returns: a return
    // would go to address zero, where nothing is. What the guest does to this process is the filter's
    // concern.
    unsafe {
        asm!(
            "mov rsp, rcx",
            "xor ebp, ebp",
            "jmp rax",
            in("rax") entry,
            in("rcx") stack,
            in("rdi") boot,
            options(noreturn),
        )
    }
}

/// What the guest calls.
pub(crate) extern "sysv64" fn doorbell(operation: u32) {
    let Some(tender) = tender() else { return };
    match tender.ring(operation) {
        After::GoOn => {}
        After::Ended(status) => end(status),
        After::Crashed(crash) => {
            let (instruction, frame) = caller(tender);
            crashed(&crash, instruction, frame)
        }
    }
}

/// Returns where the doorbell was called, and the frame of who did it.
fn caller(tender: &Tender) -> (u64, u64) {
    let frame: u64;
    // SAFETY: reading a register has no effect.
    unsafe { asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack)) };
    let word = |at| tender.memory().get::<u64>(at).unwrap_or_default();
    (word(frame + 8).saturating_sub(1), word(frame))
}

/// Shows a crash and ends.
pub(crate) fn crashed(crash: &Crash, instruction: u64, frame: u64) -> ! {
    match tender() {
        Some(tender) => end(tender.crashed(crash, instruction, frame)),
        None => end(crash.status() as u8),
    }
}

/// Returns the bounds of the guest's stack.
pub(crate) fn stack() -> (u64, u64) {
    tender().map_or((0, 0), |tender| tender.stack())
}

fn tender() -> Option<&'static mut Tender> {
    // SAFETY: it is leaked before the guest starts. The doorbell and a handler of the guest's faults are
    // the only ones to take it, and the latter does not come back.
    unsafe { TENDER.load(Ordering::Relaxed).as_mut() }
}

/// Ends the process at once.
pub(crate) fn end(status: u8) -> ! {
    // SAFETY: the process may end so; nothing of it is to be saved.
    unsafe { libc::_exit(status.into()) }
}
