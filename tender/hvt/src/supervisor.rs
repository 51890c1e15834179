//! What rings 0 to 2 consist of: descriptors, a stub for each fault, one stack.
//!
//! | page | virtual | holds |
//! | --- | --- | --- |
//! | 0 | read | GDT, TSS at 0x100, IDT at 0x200 |
//! | 1 | execute | one stub of 16 bytes a vector |
//! | 2 | unmapped | where `syscall` leads |
//! | 3 | read, write | the stack that each fault starts at the top of |
//! | 4 | write, no memory behind it | where a stub stores its vector |
//! | 4.. | unmapped | page tables |
//!
//! The processor uses only the top of the stack, and only for the frame of one fault: a stub makes no
//! call, keeps every register, and never returns.

use crate::{
    fault::{Fault, Vector},
    memory::PAGE_BYTES,
    pages::Pages,
    registers::Registers,
    table::Rights,
};
use std::io;

/// The pages before the page tables.
pub(crate) const PAGES: u64 = 4;

/// The number of vectors that have a stub. A processor without interrupts raises no others.
const VECTORS: u8 = 32;

/// The selector of ring 0's code, for gates.
pub(crate) const CODE: u16 = 0x10;

/// The selector of the TSS.
pub(crate) const TSS: u16 = 0x18;

/// The last byte of each table.
pub(crate) const GDT_LIMIT: u16 = 5 * 8 - 1;
pub(crate) const TSS_LIMIT: u16 = 0x67;
pub(crate) const IDT_LIMIT: u16 = VECTORS as u16 * 16 - 1;

const TSS_OFFSET: u64 = 0x100;
const IDT_OFFSET: u64 = 0x200;
const STUB: u64 = PAGE_BYTES;
const LANDING: u64 = 2 * PAGE_BYTES;
const STACK: u64 = 3 * PAGE_BYTES;
const STACK_END: u64 = 4 * PAGE_BYTES;
const DOORBELL: u64 = 4 * PAGE_BYTES;

/// The accessed bits are set and the TSS is busy, so that the processor writes none of them.
const CODE_DESCRIPTOR: u64 = 0x0020_9b00_0000_0000;
const BUSY_TSS: u64 = 0x0000_8b00_0000_0000;

/// Breakpoint and overflow are the only ones that an instruction of ring 3 may name.
const CALLABLE: [u8; 2] = [3, 4];
const INTERRUPT_GATE: u64 = 0x8e;
const CALLABLE_GATE: u64 = 0xee;

/// Where the supervisor's pages are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supervisor {
    /// The virtual address of page 0.
    pub(crate) base: u64,
}

impl Supervisor {
    /// A place in the upper half that nobody guesses.
    pub(crate) fn anywhere() -> io::Result<Self> {
        const UPPER_HALF: u64 = 0xffff_8000_0000_0000;
        const PAGES_OF_HALF: u64 = 1 << 35;
        let mut bytes = [0; 8];
        let got = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
        assert_eq!(got, bytes.len(), "the kernel gives as few bytes as these at once");
        let page = u64::from_le_bytes(bytes) % (PAGES_OF_HALF - PAGES - 1);
        Ok(Self { base: UPPER_HALF + page * PAGE_BYTES })
    }

    /// The pages that are mapped, each by its number, except for the doorbell.
    pub(crate) const MAPPED: [(u64, Rights); 3] = [
        (0, Rights::SUPERVISOR_READ),
        (1, Rights::SUPERVISOR_EXECUTE),
        (3, Rights::SUPERVISOR_WRITE),
    ];

    /// The virtual address of the page that stubs store to.
    pub(crate) fn doorbell(self) -> u64 {
        self.base + DOORBELL
    }

    /// The virtual addresses of the descriptor tables.
    pub(crate) fn gdt(self) -> u64 {
        self.base
    }

    pub(crate) fn tss(self) -> u64 {
        self.base + TSS_OFFSET
    }

    pub(crate) fn idt(self) -> u64 {
        self.base + IDT_OFFSET
    }

    /// Where `syscall` would lead if it were on: an unmapped page. There are kinds of KVM without
    /// hardware virtualisation that run it although it is off; it then ends as a fault here.
    pub(crate) fn landing(self) -> u64 {
        self.base + LANDING
    }

    /// Makes of a fault at the landing what it is elsewhere: `syscall` is an invalid instruction.
    pub(crate) fn undo_syscall(self, fault: Fault) -> Fault {
        if fault.address != Some(self.landing()) || fault.registers.rip != self.landing() {
            return fault;
        }
        let Registers { rcx, r11, .. } = fault.registers;
        let registers = Registers { rip: rcx.wrapping_sub(2), rflags: r11, ..fault.registers };
        Fault { vector: Vector::INVALID_OPCODE, error_code: 0, address: None, registers }
    }

    /// Writes all pages that are not tables.
    pub(crate) fn write(self, pages: &mut Pages) {
        self.write_descriptors(pages);
        for vector in 0..VECTORS {
            self.write_gate(pages, vector);
            write_stub(pages, vector);
        }
    }

    fn write_descriptors(self, pages: &mut Pages) {
        let tss = self.tss();
        let base = (tss & 0xff_ffff) << 16 | (tss >> 24 & 0xff) << 56;
        pages.put(CODE.into(), CODE_DESCRIPTOR);
        pages.put(TSS.into(), BUSY_TSS | u64::from(TSS_LIMIT) | base);
        pages.put(u64::from(TSS) + 8, tss >> 32);
        let stack = (self.base + STACK_END).to_le_bytes();
        let tss = TSS_OFFSET;
        pages.write(tss + 0x04, &stack); // RSP0
        pages.write(tss + 0x24, &stack); // IST1
        pages.write(tss + 0x66, &(TSS_LIMIT + 1).to_le_bytes()); // no I/O bitmap: no port
    }

    fn write_gate(self, pages: &mut Pages, vector: u8) {
        let kind = if CALLABLE.contains(&vector) { CALLABLE_GATE } else { INTERRUPT_GATE };
        let (target, ist) = (self.base + stub(vector), 1);
        let low = target & 0xffff | u64::from(CODE) << 16 | ist << 32 | kind << 40;
        let at = IDT_OFFSET + u64::from(vector) * 16;
        pages.put(at, low | (target >> 16 & 0xffff) << 48);
        pages.put(at + 8, target >> 32);
    }

    /// What the processor left on the stack for the stub whose stack pointer is `stack`, if the
    /// fault came from ring 3.
    pub(crate) fn frame(self, pages: &Pages, stack: u64) -> Option<Frame> {
        let used = (self.base + STACK_END).checked_sub(stack)?;
        let word = |below_end: u64| pages.get(STACK_END - below_end);
        let error_code = match used {
            40 => 0,
            48 => word(48),
            _ => return None,
        };
        let is_ring3 = word(32) & 3 == 3;
        let frame = Frame { error_code, instruction: word(40), flags: word(24), stack: word(16) };
        is_ring3.then_some(frame)
    }
}

/// `mov dword ptr [rip + distance], vector; 1: hlt; jmp 1b`
fn write_stub(pages: &mut Pages, vector: u8) {
    const STORE_BYTES: u64 = 10;
    let distance = DOORBELL - (stub(vector) + STORE_BYTES);
    let [a, b, ..] = distance.to_le_bytes();
    let code = [0xc7, 0x05, a, b, 0, 0, vector, 0, 0, 0, 0xf4, 0xeb, 0xfd];
    pages.write(stub(vector), &code);
}

/// The offset of the stub of a vector.
fn stub(vector: u8) -> u64 {
    STUB + u64::from(vector) * 16
}

const _: () = assert!(STACK < STACK_END && IDT_OFFSET + VECTORS as u64 * 16 <= PAGE_BYTES);

/// The frame of a fault.
pub(crate) struct Frame {
    /// 0 where the fault has none.
    pub(crate) error_code: u64,
    pub(crate) instruction: u64,
    pub(crate) flags: u64,
    pub(crate) stack: u64,
}
