//! What the processor says of itself, and of who emulates it (Intel SDM volume 2, CPUID; Linux
//! `Documentation/virt/kvm/x86/cpuid.rst`).

use core::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};

/// Who runs this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hypervisor {
    /// KVM: its own leaves start here.
    Kvm(u32),
    /// Xen, likewise.
    Xen(u32),
    /// QEMU, which emulates the processor.
    Tcg,
    /// Somebody else, or nobody.
    Other,
}

/// The first leaf that is a hypervisor's; further ones follow at multiples of this step.
const LEAVES: u32 = 0x4000_0000;
const STEP: u32 = 0x100;

/// Returns who runs this machine. A hypervisor that imitates another comes first; who can be used
/// best is taken.
#[must_use]
pub(crate) fn hypervisor() -> Hypervisor {
    if leaf(1).ecx & 1 << 31 == 0 {
        return Hypervisor::Other;
    }
    let all = || (0..4).map(|index| LEAVES + index * STEP);
    let called = |name: &'static [u8; 12]| all().find(|base| signature(leaf(*base)) == *name);
    match (called(b"XenVMMXenVMM"), called(b"KVMKVMKVM\0\0\0"), called(b"TCGTCGTCGTCG")) {
        (_, Some(base), _) => Hypervisor::Kvm(base),
        (Some(base), ..) => Hypervisor::Xen(base),
        (.., Some(_)) => Hypervisor::Tcg,
        _ => Hypervisor::Other,
    }
}

fn signature(leaf: CpuidResult) -> [u8; 12] {
    let mut name = [0; 12];
    let words = [leaf.ebx, leaf.ecx, leaf.edx];
    for (part, word) in name.chunks_exact_mut(4).zip(words) {
        part.copy_from_slice(&word.to_le_bytes());
    }
    name
}

/// Returns a leaf; zeroes, where the processor has none of that number among its own.
pub(crate) fn leaf(number: u32) -> CpuidResult {
    __cpuid(number)
}

/// Returns a part of a leaf.
pub(crate) fn part(number: u32, part: u32) -> CpuidResult {
    __cpuid_count(number, part)
}

/// Tells whether the processor has a leaf.
pub(crate) fn has(number: u32) -> bool {
    leaf(number & 0x8000_0000).eax >= number
}
