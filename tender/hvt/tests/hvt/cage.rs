//! What a guest in a cage can do, and what it cannot.

use crate::guest::{Guest, Place, in_a_cage};
use sarab_hvt::{Access, Error, Exit, Fault, Misuse, Vector};

/// `mov dword ptr [rdi], operation`
fn ring(operation: u8) -> [u8; 6] {
    [0xc7, 0x07, operation, 0, 0, 0]
}

/// `mov rax, address`
fn to_rax(address: u64) -> Vec<u8> {
    [&[0x48, 0xb8][..], &address.to_le_bytes()].concat()
}

/// Runs `mov rax, address`, then `code`, whose first instruction is to fault.
fn fault_at(address: u64, code: &[u8]) -> Option<Fault> {
    let mut guest = in_a_cage(&[&to_rax(address), code].concat(), 0)?;
    let fault = guest.fault();
    assert_eq!(guest.cage.enter().map_err(|error| error.to_string()), Err(Error::Over.to_string()));
    assert_eq!(fault.registers.rax, address);
    assert_eq!(fault.registers.rdi, Place::Doorbell.address());
    Some(fault)
}

/// Runs one instruction, which is to fault with one of `vectors`.
fn refused(code: &[u8], vectors: &[Vector]) {
    let Some(mut guest) = in_a_cage(code, 0) else { return };
    let fault = guest.fault();
    assert!(vectors.contains(&fault.vector), "{fault:x?}");
    assert_eq!(fault.registers.rip, Place::Text.address(), "{fault}");
    assert_eq!(fault.registers.rsp, Place::StackEnd.address());
}

const LOAD: [u8; 2] = [0x8b, 0x08]; // mov ecx, [rax]
const STORE: [u8; 2] = [0x89, 0x08]; // mov [rax], ecx
const JUMP: [u8; 2] = [0xff, 0xe0]; // jmp rax

/// A page fault by the instruction after `mov rax, address`.
fn page_fault(address: u64, code: &[u8], access: Access, is_protection: bool) {
    let Some(fault) = fault_at(address, code) else { return };
    let at = if access == Access::Execute { address } else { Place::Text.address() + 10 };
    assert_eq!(fault.vector, Vector::PAGE, "{fault}");
    assert_eq!(fault.address, Some(address), "{fault}");
    assert_eq!(fault.registers.rip, at, "{fault}");
    assert_eq!(fault.access(), Some(access), "{fault}");
    assert_eq!(fault.is_protection(), is_protection, "{fault}");
}

#[test]
fn each_ring_arrives_with_its_operation() {
    let code = [&ring(7)[..], &ring(9), &[0xeb, 0xf2]].concat(); // and again
    let Some(mut guest) = in_a_cage(&code, 0) else { return };
    for _ in 0..100 {
        assert_eq!(guest.enter(), Exit::Doorbell(7));
        assert_eq!(guest.enter(), Exit::Doorbell(9));
    }
}

#[test]
fn registers_survive_a_ring() {
    // mov rbp, rdi; add rbp, 5; ring; lea rax, [rbp - 5]; sub rax, rdi; mov [rdi], eax
    let before = [0x48, 0x89, 0xfd, 0x48, 0x83, 0xc5, 5];
    let after = [0x48, 0x8d, 0x45, 0xfc, 0x48, 0x29, 0xf8, 0x89, 0x07];
    let Some(mut guest) = in_a_cage(&[&before[..], &ring(3), &after].concat(), 0) else { return };
    assert_eq!(guest.enter(), Exit::Doorbell(3));
    assert_eq!(guest.cage.registers().expect("registers").rbp, Place::Doorbell.address() + 5);
    assert_eq!(guest.enter(), Exit::Doorbell(1));
}

#[test]
fn vector_registers_survive_a_ring() {
    let load = to_rax(Place::Constants.address());
    // movups xmm9, [rax]; ring; movd eax, xmm9; mov [rdi], eax
    let code = [&load, &[0x44, 0x0f, 0x10, 0x08][..], &ring(1), &[0x66, 0x44, 0x0f, 0x7e, 0xc8]];
    let Some(mut guest) = in_a_cage(&[&code.concat()[..], &[0x89, 0x07]].concat(), 0) else {
        return;
    };
    assert_eq!(guest.enter(), Exit::Doorbell(1));
    assert_eq!(guest.cage.vectors().expect("vectors").xmm[9][..4], [0xaa; 4]);
    assert_eq!(guest.enter(), Exit::Doorbell(0xaaaa_aaaa));
}

/// Asks `cpuid` as a program does, and uses AVX if it is told that it may.
#[test]
fn avx_works_where_it_is_offered() {
    // mov eax, 1; xor ecx, ecx; cpuid; mov [rdi], ecx
    let ask = [0xb8, 1, 0, 0, 0, 0x31, 0xc9, 0x0f, 0xa2, 0x89, 0x0f];
    // xor ecx, ecx; xgetbv; mov [rdi], eax
    let get = [0x31, 0xc9, 0x0f, 0x01, 0xd0, 0x89, 0x07];
    // vcmpps ymm9, ymm9, ymm9, true; ring; vextractf128 xmm0, ymm9, 1; movd eax, xmm0; mov [rdi], eax
    let set = [0xc4, 0x41, 0x34, 0xc2, 0xc9, 15];
    let read = [0xc4, 0x63, 0x7d, 0x19, 0xc8, 0x01, 0x66, 0x0f, 0x7e, 0xc0, 0x89, 0x07];
    let code = [&ask[..], &get, &set, &ring(5), &read].concat();
    let Some(mut guest) = in_a_cage(&code, 0) else { return };
    let Exit::Doorbell(features) = guest.enter() else { panic!("no answer") };
    if features & 1 << 27 == 0 {
        return; // no OSXSAVE, and with it no AVX
    }
    let Exit::Doorbell(vectors) = guest.enter() else { panic!("no answer") };
    if features & 1 << 28 != 0 {
        assert_eq!(vectors & 7, 7, "AVX is offered, so its state is on");
        assert_eq!(guest.enter(), Exit::Doorbell(5));
        assert_eq!(guest.enter(), Exit::Doorbell(u32::MAX), "the upper half survives a ring");
    }
}

#[test]
fn a_long_loop_needs_no_exit() {
    // mov ecx, 100_000_000; 1: dec ecx; jnz 1b; rdtsc; ring
    let code = [0xb9, 0x00, 0xe1, 0xf5, 0x05, 0xff, 0xc9, 0x75, 0xfc, 0x0f, 0x31];
    let Some(mut guest) = in_a_cage(&[&code[..], &ring(1)].concat(), 0) else { return };
    while guest.enter() == Exit::Interrupted {}
    assert_eq!(guest.cage.registers().expect("registers").rcx, 0);
}

#[test]
fn text_and_constants_cannot_be_written() {
    page_fault(Place::Text.address() + 0x100, &STORE, Access::Store, true);
    page_fault(Place::Constants.address(), &STORE, Access::Store, true);
}

#[test]
fn only_text_can_be_executed() {
    for place in [Place::Constants, Place::Data, Place::Doorbell] {
        page_fault(place.address(), &JUMP, Access::Execute, true);
    }
    page_fault(Place::StackEnd.address() - 16, &JUMP, Access::Execute, true);
    page_fault(Place::Data.address() + (3 << 20), &JUMP, Access::Execute, true);
}

#[test]
fn nothing_is_between_the_regions() {
    for place in [Place::Hole, Place::Guard, Place::AfterEnd] {
        page_fault(place.address(), &LOAD, Access::Load, false);
        page_fault(place.address(), &STORE, Access::Store, false);
    }
    page_fault(0, &LOAD, Access::Load, false);
    page_fault(0, &JUMP, Access::Execute, false);
    page_fault(Place::Text.address() - 8, &LOAD, Access::Load, false);
    page_fault(Place::Doorbell.address() + 4096, &STORE, Access::Store, false);
}

/// What lies at these guest physical addresses is reached by no virtual one.
#[test]
fn physical_addresses_lead_nowhere() {
    for physical in [1 << 30, (1 << 30) + 0x4000, 2 << 30, (2 << 30) + 0x1000, 0xfee0_0000] {
        page_fault(physical, &LOAD, Access::Load, false);
        page_fault(physical, &STORE, Access::Store, false);
    }
}

#[test]
fn the_supervisor_cannot_be_reached() {
    let Some(mut guest) = in_a_cage(&[0x0f, 0x0b], 0) else { return };
    guest.fault();
    // The processor stands in a stub, in the second page of five.
    let stub = guest.cage.registers().expect("registers").rip;
    assert_eq!(stub >> 47, 0x1_ffff, "it is in the upper half");
    let page = |number: u64| (stub & !4095) - 4096 + number * 4096;
    for number in 0..5 {
        supervisor_fault(&mut guest, page(number), LOAD, Access::Load);
        supervisor_fault(&mut guest, page(number), STORE, Access::Store);
    }
    for number in [0, 1, 3, 4] {
        supervisor_fault(&mut guest, page(number), JUMP, Access::Execute);
    }
}

fn supervisor_fault(guest: &mut Guest, address: u64, code: [u8; 2], access: Access) {
    let fault = again(guest, address, code);
    assert_eq!((fault.vector, fault.address), (Vector::PAGE, Some(address)), "{fault}");
    assert_eq!(fault.access(), Some(access), "{fault}");
}

/// Lets a guest that faulted run `code` with `address` in `rax`.
fn again(guest: &mut Guest, address: u64, code: [u8; 2]) -> Fault {
    guest.write_text(&code);
    let mut registers = guest.cage.registers().expect("registers");
    (registers.rip, registers.rax, registers.rflags) = (Place::Text.address(), address, 2);
    guest.cage.set_registers(&registers).expect("registers");
    guest.fault()
}

#[test]
fn addresses_that_are_not_canonical_are_no_page_faults() {
    let Some(fault) = fault_at(1 << 63, &LOAD) else { return };
    assert_eq!((fault.vector, fault.address), (Vector::PROTECTION, None));
    assert_eq!(fault.registers.rip, Place::Text.address() + 10);
}

/// A KVM without hardware virtualisation calls some of them invalid that a processor calls
/// privileged.
#[test]
fn privileged_instructions_are_refused() {
    let refusals = [Vector::PROTECTION, Vector::INVALID_OPCODE];
    let codes: [&[u8]; 17] = [
        &[0xf4],             // hlt
        &[0xfa],             // cli
        &[0xfb],             // sti
        &[0xec],             // in al, dx
        &[0xee],             // out dx, al
        &[0x6e],             // outsb
        &[0x0f, 0x20, 0xc0], // mov rax, cr0
        &[0x0f, 0x22, 0xd8], // mov cr3, rax
        &[0x0f, 0x21, 0xc0], // mov rax, dr0
        &[0x0f, 0x32],       // rdmsr
        &[0x0f, 0x30],       // wrmsr
        &[0x0f, 0x33],       // rdpmc
        &[0x0f, 0x09],       // wbinvd
        &[0x0f, 0x01, 0x38], // invlpg [rax]
        &[0x0f, 0x01, 0xd1], // xsetbv
        &[0x0f, 0x00, 0xd8], // ltr ax
        &[0x0f, 0x01, 0xf8], // swapgs
    ];
    for code in codes {
        refused(code, &refusals);
    }
}

#[test]
fn there_is_no_system_call() {
    refused(&[0x0f, 0x05], &[Vector::INVALID_OPCODE]);
    let refusals = [Vector::PROTECTION, Vector::INVALID_OPCODE];
    refused(&[0x0f, 0x34], &refusals); // sysenter
    for vector in [0x00, 0x0e, 0x20, 0x80, 0xff] {
        let Some(mut guest) = in_a_cage(&[0xcd, vector], 0) else { return }; // int
        let fault = guest.fault();
        assert!(refusals.contains(&fault.vector), "{fault:x?}");
        // A processor tells where the instruction is, QEMU 7.2 where it ends.
        assert!(fault.registers.rip - Place::Text.address() <= 2, "{fault}");
    }
}

/// `iretq` and a far return to selectors that a kernel would have.
#[test]
fn there_is_no_other_segment() {
    for selector in [0x08, 0x0b, 0x10, 0x13, 0x18, 0x23, 0x2b, 0x33] {
        // push selector; push 0; retf
        let Some(mut guest) = in_a_cage(&[0x6a, selector, 0x6a, 0, 0x48, 0xcb], 0) else { return };
        let fault = guest.fault();
        assert!([Vector::PROTECTION, Vector::PAGE].contains(&fault.vector), "{fault:x?}");
    }
}

#[test]
fn mistakes_have_their_vectors() {
    refused(&[0x0f, 0x0b], &[Vector::INVALID_OPCODE]); // ud2
    refused(&[0xf7, 0xf1], &[Vector::DIVIDE]); // div ecx
    let Some(mut guest) = in_a_cage(&[0xcc], 0) else { return };
    let fault = guest.fault();
    assert_eq!(fault.vector, Vector::BREAKPOINT);
    assert_eq!(fault.registers.rip, Place::Text.address() + 1);
}

#[test]
fn an_overflown_stack_is_reported() {
    // 1: push rax; jmp 1b
    let Some(mut guest) = in_a_cage(&[0x50, 0xeb, 0xfd], 0) else { return };
    let fault = guest.fault();
    assert_eq!((fault.vector, fault.access()), (Vector::PAGE, Some(Access::Store)));
    assert_eq!(fault.address, Some(Place::Guard.address() + 4096 - 8));
    assert_eq!(fault.registers.rsp, Place::Guard.address() + 4096);
    assert_eq!(fault.registers.rip, Place::Text.address());
}

#[test]
fn a_fault_needs_no_stack() {
    // xor esp, esp; ud2
    let Some(mut guest) = in_a_cage(&[0x31, 0xe4, 0x0f, 0x0b], 0) else { return };
    let fault = guest.fault();
    assert_eq!((fault.vector, fault.registers.rsp), (Vector::INVALID_OPCODE, 0));
}

#[test]
fn the_trap_flag_stops_after_one_instruction() {
    // push 0x102; popf; nop; nop
    let code = [0x68, 0x02, 0x01, 0, 0, 0x9d, 0x90, 0x90];
    let Some(mut guest) = in_a_cage(&code, 0) else { return };
    let fault = guest.fault();
    assert_eq!(fault.vector, Vector::DEBUG);
    assert_eq!(fault.registers.rip, Place::Text.address() + 7);
}

#[test]
fn a_wrong_ring_is_told_from_a_right_one() {
    let cases: [(&[u8], Misuse); 5] = [
        (&[0x89, 0x47, 8], Misuse { offset: 8, size: 4, access: Access::Store }),
        (&[0x48, 0x89, 0x07], Misuse { offset: 0, size: 8, access: Access::Store }),
        (&[0x88, 0x07], Misuse { offset: 0, size: 1, access: Access::Store }),
        (&[0x8b, 0x07], Misuse { offset: 0, size: 4, access: Access::Load }),
        (&[0x8a, 0x47, 1], Misuse { offset: 1, size: 1, access: Access::Load }),
    ];
    for (code, misuse) in cases {
        let Some(mut guest) = in_a_cage(code, 0) else { return };
        assert_eq!(guest.enter(), Exit::Misuse(misuse));
    }
}

/// It fails by a code in `rax`, and nothing else.
#[test]
fn hypercalls_do_nothing() {
    for call in [[0x0f, 0x01, 0xc1], [0x0f, 0x01, 0xd9]] {
        let Some(mut guest) = in_a_cage(&[&call[..], &ring(1)].concat(), 0) else { return };
        let exit = guest.enter();
        assert!(matches!(exit, Exit::Doorbell(1) | Exit::Fault(_)), "{exit:x?}");
    }
}

#[test]
fn addresses_are_translated_by_region() {
    let Some(guest) = in_a_cage(&[0x90], 0) else { return };
    let memory = guest.cage.memory();
    let data = Place::Data.address();
    assert_eq!(memory.translate(data, 4 << 20), Some(2 << 20));
    assert_eq!(memory.translate(data, (4 << 20) + 1), None);
    assert_eq!(memory.translate(data - 1, 2), None);
    assert_eq!(memory.translate(u64::MAX, 2), None);
    assert_eq!(memory.translate(data, u64::MAX), None);
    assert_eq!(memory.translate_mut(Place::Text.address(), 1), None);
    assert_eq!(memory.translate_mut(data + 1, 8), Some((2 << 20) + 1));
}
