//! Registers as `gdb` orders them.

use crate::Registers;
use gdbstub_arch::x86::reg::X86_64CoreRegs;
use kvm_bindings::kvm_fpu;

/// Bit of RFLAGS that traps after the next instruction.
pub(super) const TRAP: u64 = 1 << 8;

/// The size of a register of the x87, which KVM pads to 16 bytes.
const F80_BYTES: usize = 10;

/// All registers that `gdb` is told.
pub(super) fn to_gdb(registers: &Registers, vectors: &kvm_fpu) -> X86_64CoreRegs {
    let r = registers;
    let mut core = X86_64CoreRegs {
        regs: [
            r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10, r.r11,
            r.r12, r.r13, r.r14, r.r15,
        ],
        rip: r.rip,
        xmm: vectors.xmm.map(u128::from_le_bytes),
        mxcsr: vectors.mxcsr,
        ..X86_64CoreRegs::default()
    };
    core.eflags = u32::try_from(r.rflags & !TRAP).unwrap_or_default();
    core.fpu.fctrl = vectors.fcw.into();
    core.fpu.fstat = vectors.fsw.into();
    core.fpu.ftag = vectors.ftwx.into();
    for (to, from) in core.st.iter_mut().zip(&vectors.fpr) {
        to.copy_from_slice(&from[..F80_BYTES]);
    }
    core
}

/// Takes over what `gdb` may change: all but segments and the state of the x87.
pub(super) fn from_gdb(core: &X86_64CoreRegs, registers: &mut Registers, vectors: &mut kvm_fpu) {
    let r = registers;
    [
        r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10, r.r11, r.r12,
        r.r13, r.r14, r.r15,
    ] = core.regs;
    r.rip = core.rip;
    r.rflags = harmless(core.eflags.into());
    vectors.xmm = core.xmm.map(u128::to_le_bytes);
    vectors.mxcsr = core.mxcsr;
}

/// The flags that ring 3 itself can set, without the trap flag.
fn harmless(flags: u64) -> u64 {
    const ALWAYS_ONE: u64 = 1 << 1;
    const ARITHMETIC: u64 = 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 11;
    flags & ARITHMETIC | ALWAYS_ONE
}
