//! The registers of a guest.

use kvm_bindings::kvm_regs;

/// The registers that a program sees, but for vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the processor's manual names them")]
pub struct Registers {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
    pub rflags: u64,
    pub fs_base: u64,
    pub gs_base: u64,
}

macro_rules! same_names {
    ($($name:ident)*) => {
        impl Registers {
            pub(crate) fn new(from: &kvm_regs, fs_base: u64, gs_base: u64) -> Self {
                Self { $($name: from.$name,)* fs_base, gs_base }
            }

            pub(crate) fn to_kvm(self) -> kvm_regs {
                kvm_regs { $($name: self.$name,)* }
            }
        }
    };
}

same_names!(rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags);
