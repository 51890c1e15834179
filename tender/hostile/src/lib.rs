//! A unikernel that tries to get out: it does by name what no guest may.
//!
//! Each deed is the only one of its run. A tender that lets one pass sees the line `got out`.
#![no_std]

use core::{
    arch::asm,
    hint::black_box,
    ptr::{with_exposed_provenance, with_exposed_provenance_mut},
};

use sarab::{now, prelude::*};

/// Does `deed`.
#[sarab::job]
pub async fn start(
    /// What to do.
    #[key(required, env = "HOSTILE_DEED")]
    deed: String,
) {
    println!("about to {deed}");
    match deed.as_str() {
        "watch" => return watch(),
        "linger" => return linger().await,
        _ => {}
    }
    // SAFETY: none; that is the purpose of this program.
    unsafe { act(&deed) };
    println!("got out");
}

/// Does what every guest may: takes its time to end when it is asked to.
async fn linger() {
    stopping().await;
    sleep(Duration::from_millis(50)).await;
    println!("that was all");
}

/// Does what every guest may: sees time pass, without any help of the tender's.
fn watch() {
    let begun = now().since_boot();
    while now().since_boot() - begun < Duration::from_millis(5) {
        core::hint::spin_loop();
    }
    println!("time passes");
}

unsafe fn act(deed: &str) {
    // SAFETY: as above.
    unsafe {
        match deed.split_once(' ') {
            Some(("call", rest)) => system_call(rest),
            Some(("touch", "nowhere")) => touch_nowhere(),
            Some(("touch", what)) => touch(what),
            Some(("execute", what)) => execute(what),
            Some(("instruction", which)) => instruction(which),
            _ => fail(deed),
        }
    }
}

/// Makes a system call: its number and up to three arguments.
unsafe fn system_call(words: &str) {
    let mut numbers = words.split(' ').map(|word| word.parse::<u64>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    let (number, first, second, third) = (next(), next(), next(), next());
    let answer: u64;
    // SAFETY: as above.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => answer,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") 0,
            in("r8") 0,
            in("r9") 0,
            out("rcx") _,
            out("r11") _,
        );
    }
    println!("the host answered {answer:#x}");
}

/// Writes to what is no address: its upper bits are not all the same.
///
/// Not in `touch`, whose reads would be made one, which is of no line.
#[inline(never)]
unsafe fn touch_nowhere() {
    // SAFETY: as above.
    unsafe { with_exposed_provenance_mut::<u64>(1 << 63).write_volatile(0) }
}

/// Reads or writes where it may not.
unsafe fn touch(what: &str) {
    let code = act as *const () as usize;
    let literal = "a literal".as_ptr() as usize;
    // SAFETY: as above.
    unsafe {
        match what {
            "nothing" => drop(black_box(with_exposed_provenance::<u64>(8).read_volatile())),
            "code" => with_exposed_provenance_mut::<u8>(code).write_volatile(0xc3),
            "literals" => with_exposed_provenance_mut::<u8>(literal).write_volatile(0),
            "kernel" => drop(black_box(with_exposed_provenance::<u64>(!0xfff).read_volatile())),
            // The heap is the last part of a guest's memory, and no guest has as much.
            _ => {
                let mut past = Box::into_raw(Box::new([0_u64; 512])).cast::<u64>();
                loop {
                    past.write_volatile(past.read_volatile());
                    past = past.wrapping_add(512);
                }
            }
        }
    }
}

/// Runs what is no code.
unsafe fn execute(what: &str) {
    static DATA: [u8; 16] = [0xc3; 16];
    static mut VARIABLE: [u8; 16] = [0xc3; 16];
    let stack = black_box([0xc3_u8; 16]);
    let heap = Box::leak(Box::new([0xc3_u8; 16]));
    let address = match what {
        "literals" => DATA.as_ptr(),
        "variables" => (&raw mut VARIABLE).cast_const().cast(),
        "stack" => stack.as_ptr(),
        _ => heap.as_ptr(),
    };
    // SAFETY: as above.
    unsafe { core::mem::transmute::<*const u8, extern "C" fn()>(address)() }
}

/// Does what only an operating system does.
unsafe fn instruction(which: &str) {
    // SAFETY: as above.
    unsafe {
        match which {
            "hlt" => asm!("hlt"),
            "cli" => asm!("cli"),
            "in" => asm!("in al, 0x60", out("al") _),
            "out" => asm!("out 0x60, al", in("al") 0_u8),
            "rdmsr" => asm!("rdmsr", in("ecx") 0x10, out("eax") _, out("edx") _),
            "mov cr3" => asm!("mov {}, cr3", out(reg) _),
            "lgdt" => asm!("lgdt [{}]", in(reg) &[0_u64; 2]),
            "int 0x80" => asm!("int 0x80", inlateout("eax") 1 => _),
            "int3" => asm!("int3"),
            "divide" => asm!("div {0:e}", in(reg) 0, inout("eax") 1 => _, inout("edx") 0 => _),
            _ => asm!("ud2"),
        }
    }
}

fn fail(how: &str) {
    match how {
        "panic" => panic!("on purpose"),
        "exhaust" => {
            let mut all = Vec::<u8>::new();
            loop {
                all.resize(all.len() * 2 + 1, 1);
            }
        }
        "overflow" => drop(black_box(descend(1))),
        "hang" => loop {
            core::hint::spin_loop();
        },
        other => println!("{other}: no such deed"),
    }
}

#[inline(never)]
fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == 0 { 0 } else { descend(depth + 1) + frame[3] }
}
