//! The tables of descriptors: segments, the stack for faults, and the handlers of vectors (Intel SDM
//! volume 3, sections 3.5, 6.14 and 7.7).

use core::{arch::asm, ptr};

use crate::{
    fault::{EXCEPTIONS, exception_entry},
    interrupt,
};

/// The segment of code, as the entry point has set it up.
const CODE: u16 = 0x08;
/// The segment that names the task state.
const TASK: u16 = 0x18;

/// Bytes of the stack for faults.
const FAULT_STACK_BYTES: usize = 16 << 10;

/// The descriptors of segments: nothing, code, data, and the task state, which takes two.
static mut SEGMENTS: [u64; 5] = [0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, 0, 0];

/// The task state (figure 7-11): of all its fields, only stack 1 of the interrupt stack table is used, in
/// words 9 and 10, and the end of the map of ports, which is behind everything.
static mut TASK_STATE: [u32; 26] = [0; 26];

/// The stack for faults, since the program's own may be at its end. Whoever comes to the end of this one is let start
/// anew at its other end by the next fault, and ends the machine: one that has crashed before.
#[repr(C, align(16))]
struct FaultStack([u8; FAULT_STACK_BYTES]);

#[unsafe(link_section = ".fault_stack")]
static mut FAULT_STACK: FaultStack = FaultStack([0; FAULT_STACK_BYTES]);

/// The handlers of vectors: two words each.
static mut VECTORS: [[u64; 2]; 256] = [[0; 2]; 256];

/// What the processor is told of a table.
#[repr(C, packed)]
struct Register {
    limit: u16,
    start: u64,
}

impl Register {
    fn of<T>(table: *const T) -> Self {
        let limit = u16::try_from(size_of::<T>() - 1).unwrap_or(u16::MAX);
        Self { limit, start: table.expose_provenance() as u64 }
    }
}

/// Has faults and interrupts handled from now on.
pub(crate) fn install() {
    set_task_state();
    for vector in 0..EXCEPTIONS {
        // Faults run on the first stack of the table.
        set_vector(vector, exception_entry(vector), 1);
    }
    for (vector, handler) in interrupt::handlers() {
        set_vector(vector.into(), handler, 0);
    }
    let segments = Register::of(&raw const SEGMENTS);
    let vectors = Register::of(&raw const VECTORS);
    // SAFETY: both tables are whole, and stay as they are. Code and data keep their segments.
    unsafe {
        asm!(
            "lgdt [{segments}]",
            "lidt [{vectors}]",
            "ltr {task:x}",
            segments = in(reg) &raw const segments,
            vectors = in(reg) &raw const vectors,
            task = in(reg) TASK,
            options(nostack),
        );
    }
}

fn set_task_state() {
    let stack_end = (&raw const FAULT_STACK).wrapping_add(1).expose_provenance();
    let state = (&raw const TASK_STATE).expose_provenance() as u64;
    let limit = size_of_val(&[0_u32; 26]) as u64 - 1;
    let low = limit | (state & 0xff_ffff) << 16 | 0x89 << 40 | (state >> 24 & 0xff) << 56;
    // SAFETY: the processor does not look at the tables yet, and nobody else does.
    unsafe {
        let words: *mut u32 = (&raw mut TASK_STATE).cast();
        words.add(9).cast::<u64>().write_unaligned(stack_end as u64);
        words.add(25).write(104 << 16);
        let segments: *mut u64 = (&raw mut SEGMENTS).cast();
        segments.add(3).write(low);
        segments.add(4).write(state >> 32);
    }
}

/// Has `vector` handled by the function at `handler`, on stack `stack` of the table, or on the one that
/// is in use.
fn set_vector(vector: usize, handler: usize, stack: u64) {
    let handler = handler as u64;
    // A gate that keeps interrupts out: present, of type 14.
    let low = handler & 0xffff
        | u64::from(CODE) << 16
        | stack << 32
        | 0x8e << 40
        | (handler >> 16 & 0xffff) << 48;
    let table: *mut [u64; 2] = (&raw mut VECTORS).cast();
    // SAFETY: the table has 256 vectors, and no interrupt comes before they are set.
    unsafe { ptr::write_volatile(table.add(vector & 0xff), [low, handler >> 32]) }
}
