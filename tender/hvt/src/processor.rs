//! The state that a processor starts in: 64-bit, paged, in ring 3.

use crate::supervisor::{self, Supervisor};
use kvm_bindings::{
    CpuId, Msrs, kvm_dtable, kvm_msr_entry, kvm_segment, kvm_sregs, kvm_xcr, kvm_xcrs,
};
use std::io;

/// Protection, numeric errors, write protection for ring 0 as well, paging.
const CR0: u64 = 1 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 16 | 1 << 31;

/// Physical addresses of more than 32 bits, SSE and its exceptions.
const CR4: u64 = 1 << 5 | 1 << 9 | 1 << 10;

/// Long mode and never-execute. Without bit 0 `syscall` is an invalid instruction.
const EFER: u64 = 1 << 8 | 1 << 10 | 1 << 11;

/// x87, SSE, AVX and the three parts of AVX-512.
const XCR0: u64 = 0b1110_0111;

/// Leaf, register and bit of a feature in `cpuid`, and the bit that turns it on in CR4.
struct Feature(u32, Register, u32, u32);

#[derive(Clone, Copy)]
enum Register {
    B,
    C,
}

const FEATURES: [Feature; 5] = [
    Feature(7, Register::B, 0, 16),  // FSGSBASE
    Feature(1, Register::C, 26, 18), // XSAVE
    Feature(7, Register::B, 7, 20),  // SMEP
    Feature(7, Register::B, 20, 21), // SMAP
    Feature(7, Register::C, 2, 11),  // UMIP
];

const USER_CODE: u16 = 0x33;
const USER_DATA: u16 = 0x2b;

/// A processor as a kind of KVM offers it.
pub(crate) struct Processor<'a> {
    pub(crate) cpuid: &'a CpuId,
}

impl Processor<'_> {
    /// Segments and control registers in ring 3, starting from those after a reset.
    pub(crate) fn special(&self, reset: &kvm_sregs, root: u64, at: Supervisor) -> kvm_sregs {
        let data = segment(USER_DATA, 3, 3);
        let code = kvm_segment { l: 1, db: 0, ..segment(USER_CODE, 11, 3) };
        kvm_sregs {
            cs: code,
            ds: data,
            es: data,
            fs: data,
            gs: data,
            ss: data,
            tr: task(at.tss()),
            ldt: kvm_segment { unusable: 1, ..kvm_segment::default() },
            gdt: table(at.gdt(), supervisor::GDT_LIMIT),
            idt: table(at.idt(), supervisor::IDT_LIMIT),
            cr0: CR0,
            cr3: root,
            cr4: FEATURES
                .iter()
                .filter(|one| self.offers(one))
                .fold(CR4, |cr4, one| cr4 | 1 << one.3),
            efer: EFER,
            ..*reset
        }
    }

    /// The parts of the vector state that the guest may use, where it may choose.
    pub(crate) fn vectors(&self) -> Option<kvm_xcrs> {
        let offered = self.leaf(0xd)?.eax;
        let mut vectors = kvm_xcrs { nr_xcrs: 1, ..kvm_xcrs::default() };
        vectors.xcrs[0] =
            kvm_xcr { xcr: 0, value: XCR0 & u64::from(offered), ..kvm_xcr::default() };
        self.offers(&FEATURES[1]).then_some(vectors)
    }

    fn offers(&self, Feature(leaf, register, bit, _): &Feature) -> bool {
        let Some(leaf) = self.leaf(*leaf) else { return false };
        let value = match register {
            Register::B => leaf.ebx,
            Register::C => leaf.ecx,
        };
        value & 1 << bit != 0
    }

    fn leaf(&self, number: u32) -> Option<&kvm_bindings::kvm_cpuid_entry2> {
        self.cpuid.as_slice().iter().find(|leaf| leaf.function == number && leaf.index == 0)
    }
}

/// Sets where `syscall` leads: see [`Supervisor::landing`].
pub(crate) fn landing(supervisor: Supervisor) -> io::Result<Msrs> {
    const LSTAR: u32 = 0xc000_0082;
    let entry = kvm_msr_entry { index: LSTAR, data: supervisor.landing(), ..Default::default() };
    Msrs::from_entries(&[entry]).map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn segment(selector: u16, type_: u8, dpl: u8) -> kvm_segment {
    kvm_segment {
        selector,
        type_,
        dpl,
        limit: u32::MAX,
        present: 1,
        db: 1,
        s: 1,
        g: 1,
        ..kvm_segment::default()
    }
}

fn task(base: u64) -> kvm_segment {
    kvm_segment {
        base,
        selector: supervisor::TSS,
        limit: supervisor::TSS_LIMIT.into(),
        type_: 11,
        present: 1,
        ..kvm_segment::default()
    }
}

fn table(base: u64, limit: u16) -> kvm_dtable {
    kvm_dtable { base, limit, ..kvm_dtable::default() }
}
