//! What a cage costs. Not a test: `cargo test -- --ignored --nocapture figure`.

use crate::guest::{Guest, in_a_cage};
use sarab_hvt::Exit;
use std::time::{Duration, Instant};

#[test]
#[ignore = "measures"]
fn figures() {
    // 1: mov dword ptr [rdi], 1; jmp 1b
    let code = [0xc7, 0x07, 1, 0, 0, 0, 0xeb, 0xf8];
    let mut made: Vec<Duration> = Vec::new();
    let mut first: Vec<Duration> = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        let Some(mut guest) = in_a_cage(&code, 0) else { return };
        made.push(start.elapsed());
        assert_eq!(guest.enter(), Exit::Doorbell(1));
        first.push(start.elapsed());
    }
    println!("figure: made {:?}, first exit {:?}", median(made), median(first));
    let Some(mut guest) = in_a_cage(&code, 0) else { return };
    println!("figure: one exit {:?}", ring(&mut guest, 20_000));
    println!("figure: software KVM {}", sarab_hvt::kvm::is_software());
    println!("figure: tsc {:?} kHz, AVX {:?}", guest.cage.tsc_khz(), has_avx());
}

fn has_avx() -> Option<bool> {
    // mov eax, 1; xor ecx, ecx; cpuid; mov [rdi], ecx
    let code = [0xb8, 1, 0, 0, 0, 0x31, 0xc9, 0x0f, 0xa2, 0x89, 0x0f];
    let Exit::Doorbell(features) = in_a_cage(&code, 0)?.enter() else { return None };
    Some(features & 1 << 28 != 0)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ring(guest: &mut Guest, times: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        assert_eq!(guest.enter(), Exit::Doorbell(1));
    }
    start.elapsed() / times
}
