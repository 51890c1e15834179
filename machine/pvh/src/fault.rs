//! Faults: what no program may do ends the machine with a report.

use core::{arch::asm, cell::Cell};

use sarab_abi::crash::{Crash, Fault, Place};
use sarab_bare::OneCore;

use crate::linked::Parts;

/// What becomes of a machine that has crashed.
#[derive(Clone, Copy, Debug)]
pub struct Hooks {
    /// Prints the report of a crash, and ends the machine.
    pub report: fn(&Crash, &Place) -> !,
    /// Ends the machine that has crashed while it did so: it needs no memory, and nothing that it might have been
    /// in the midst of.
    pub end: fn() -> !,
}

/// The exceptions of the processor (Intel SDM volume 3, table 6-1).
#[doc(hidden)]
pub const EXCEPTIONS: usize = 32;

const DIVISION: u64 = 0;
const UNDEFINED: u64 = 6;
const DOUBLE_FAULT: u64 = 8;
const STACK_FAULT: u64 = 12;
const GENERAL_PROTECTION: u64 = 13;
const PAGE_FAULT: u64 = 14;

// SAFETY: an image has one core, and a handler of faults does not come back.
static HOOKS: OneCore<Cell<Option<Hooks>>> = unsafe { OneCore::new(Cell::new(None)) };
// SAFETY: as above.
static HAS_CRASHED: OneCore<Cell<bool>> = unsafe { OneCore::new(Cell::new(false)) };
// SAFETY: as above.
static PARTS: OneCore<Cell<Option<[usize; 4]>>> = unsafe { OneCore::new(Cell::new(None)) };

/// What is on the stack when a fault is handled: the registers that the handler keeps, and what the
/// processor puts there (section 6.14.2).
#[doc(hidden)]
#[repr(C)]
pub struct Frame {
    base: u64,
    vector: u64,
    code: u64,
    instruction: u64,
    code_segment: u64,
    flags: u64,
    stack: u64,
    stack_segment: u64,
}

/// Has crashes end as `hooks` say.
pub(crate) fn install(hooks: Hooks, parts: &Parts) {
    let (image, stack) = (parts.image(), parts.stack());
    PARTS.get().set(Some([image.start, image.end, stack.start, stack.end]));
    HOOKS.get().set(Some(hooks));
}

/// Reports a crash of the code that calls this, and ends the machine.
pub fn crash(crash: &Crash) -> ! {
    let (instruction, frame): (u64, u64);
    // SAFETY: reading registers has no effect.
    unsafe {
        asm!(
            "lea {}, [rip]",
            "mov {}, rbp",
            out(reg) instruction,
            out(reg) frame,
            options(nomem, nostack),
        );
    }
    report(crash, instruction, frame)
}

/// Returns the word at `address`, if that lies on the stack.
#[must_use]
pub fn word_on_stack(address: u64) -> Option<u64> {
    let [.., start, end] = PARTS.get().get()?;
    let at = usize::try_from(address).ok()?;
    let fits = at.is_multiple_of(8) && at >= start && at.checked_add(8)? <= end;
    let word: *const u64 = core::ptr::with_exposed_provenance(at);
    // SAFETY: the whole word lies on the stack, which is memory.
    fits.then(|| unsafe { word.read_volatile() })
}

fn report(crash: &Crash, instruction: u64, frame: u64) -> ! {
    let [image, image_end, ..] = PARTS.get().get().unwrap_or_default();
    let (image, image_bytes) = (image as u64, (image_end - image) as u64);
    let place = Place { instruction, frame, image, image_bytes };
    let has_crashed = HAS_CRASHED.get().replace(true);
    match HOOKS.get().get() {
        Some(hooks) if has_crashed => (hooks.end)(),
        Some(hooks) => (hooks.report)(crash, &place),
        None => reset(),
    }
}

/// Ends the machine by what no processor goes on from: a fault for which there is no handler.
pub fn reset() -> ! {
    let nothing = [0_u16; 5];
    // SAFETY: nothing goes on after this.
    unsafe { asm!("lidt [{}]", "ud2", in(reg) &raw const nothing, options(noreturn)) }
}

/// What the entries of exceptions call.
#[doc(hidden)]
pub extern "sysv64" fn handle(frame: &Frame) -> ! {
    let address: u64;
    // SAFETY: reading the register has no effect.
    unsafe { asm!("mov {}, cr2", out(reg) address, options(nomem, nostack)) }
    let fault = match frame.vector {
        DIVISION => Fault::Division,
        UNDEFINED => Fault::Instruction,
        // All instructions are allowed here, so it is not that one is not.
        STACK_FAULT | GENERAL_PROTECTION => Fault::Protection,
        PAGE_FAULT => Fault::of_page(frame.code, address),
        // What was to be handled could not be: the stack was at its end.
        DOUBLE_FAULT => Fault::Write(address),
        number => Fault::Other(u32::try_from(number).unwrap_or(u32::MAX)),
    };
    let [.., stack, _] = PARTS.get().get().unwrap_or_default();
    report(&Crash::of(fault, stack as u64), frame.instruction, frame.base)
}

/// Returns the function that handles an exception.
pub(crate) fn exception_entry(vector: usize) -> usize {
    (&raw const pvh_exceptions).addr() + vector * ENTRY_BYTES
}

/// Bytes from one entry to the next.
#[doc(hidden)]
pub const ENTRY_BYTES: usize = 16;

unsafe extern "C" {
    /// The entries of all exceptions.
    static pvh_exceptions: u8;
}

/// Defines the entries of all exceptions. Those of which the processor gives no code push one of their own, so
/// that all frames look alike; 8, 10 to 14, 17, 21, 29 and 30 have one.
#[doc(hidden)]
#[macro_export]
macro_rules! exceptions {
    () => {
        ::core::arch::global_asm!(
            ".pushsection .text.pvh_exceptions, \"ax\", @progbits",
            ".balign {entry_bytes}",
            ".globl pvh_exceptions",
            "pvh_exceptions:",
            ".set pvh_vector, 0",
            ".rept {count}",
            ".balign {entry_bytes}",
            ".if (0x60227d00 >> pvh_vector) & 1",
            ".else",
            "push 0",
            ".endif",
            "push pvh_vector",
            "jmp 2f",
            ".set pvh_vector, pvh_vector + 1",
            ".endr",
            "2:",
            "push rbp",
            "mov rdi, rsp",
            "and rsp, -16",
            "cld",
            "call {handle}",
            ".popsection",
            count = const $crate::fault::EXCEPTIONS,
            entry_bytes = const $crate::fault::ENTRY_BYTES,
            handle = sym $crate::fault::handle,
        );
    };
}
