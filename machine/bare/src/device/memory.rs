//! The memory functions that compiled code calls.
//!
//! They are assembly, since a loop in Rust that copies bytes is what the compiler turns into a call of
//! `memcpy`. Short ranges, which are most, are moved by loads that overlap in the middle, all of them
//! before the first store; long ones by `rep movsq` and `rep stosq`, which processors do a cache line at
//! a time (Intel SDM volume 1, section 7.3.9.3), and emulators word by word.

use core::arch::naked_asm;

/// Copies `count` bytes, which may overlap, and returns `to`.
///
/// # Safety
///
/// `from` can be read and `to` written for `count` bytes.
#[unsafe(naked)]
pub unsafe extern "C" fn copy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    naked_asm!(
        "mov rax, rdi",
        "cmp rdx, 16",
        "jb 2f",
        "cmp rdx, 32",
        "ja 5f",
        // 16 to 32 bytes: two ends.
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm1",
        "ret",
        // 8 to 15.
        "2:",
        "cmp rdx, 8",
        "jb 3f",
        "mov rcx, [rsi]",
        "mov r8, [rsi + rdx - 8]",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], r8",
        "ret",
        // 4 to 7.
        "3:",
        "cmp rdx, 4",
        "jb 4f",
        "mov ecx, [rsi]",
        "mov r8d, [rsi + rdx - 4]",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], r8d",
        "ret",
        // 0 to 3: the first, the middle and the last, which may be the same.
        "4:",
        "test rdx, rdx",
        "jz 11f",
        "mov r9, rdx",
        "shr r9, 1",
        "mov cl, [rsi]",
        "mov r8b, [rsi + rdx - 1]",
        "mov r10b, [rsi + r9]",
        "mov [rdi], cl",
        "mov [rdi + r9], r10b",
        "mov [rdi + rdx - 1], r8b",
        "ret",
        // 33 to 64: four parts.
        "5:",
        "cmp rdx, 64",
        "ja 6f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + rdx - 32]",
        "movups xmm3, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + rdx - 32], xmm2",
        "movups [rdi + rdx - 16], xmm3",
        "ret",
        "6:",
        "jmp {long}",
        "11:",
        "ret",
        long = sym copy_long,
    )
}

/// Copies more than 64 bytes: the rest of [`copy`], with `to` in `rax` already.
///
/// # Safety
///
/// As for [`copy`], which alone comes here.
#[unsafe(naked)]
unsafe extern "C" fn copy_long() {
    naked_asm!(
        // Upwards, unless the target starts within the source.
        "mov rcx, rdi",
        "sub rcx, rsi",
        "cmp rcx, rdx",
        "jb 8f",
        "cmp rdx, 1024",
        "jae 10f",
        "movups xmm1, [rsi + rdx - 16]",
        "lea r8, [rdi + rdx - 16]",
        "7:",
        "movups xmm0, [rsi]",
        "movups [rdi], xmm0",
        "add rsi, 16",
        "add rdi, 16",
        "cmp rdi, r8",
        "jb 7b",
        "movups [r8], xmm1",
        "ret",
        // Downwards.
        "8:",
        "movups xmm1, [rsi]",
        "9:",
        "movups xmm0, [rsi + rdx - 16]",
        "movups [rdi + rdx - 16], xmm0",
        "sub rdx, 16",
        "cmp rdx, 16",
        "ja 9b",
        "movups [rdi], xmm1",
        "ret",
        // The last eight bytes are read first, as they may be written over; then whole words.
        "10:",
        "mov r8, [rsi + rdx - 8]",
        "lea r9, [rdi + rdx - 8]",
        "mov rcx, rdx",
        "shr rcx, 3",
        "rep movsq",
        "mov [r9], r8",
        "ret",
    )
}

/// Sets `count` bytes to the low byte of `byte` and returns `to`.
///
/// # Safety
///
/// `to` can be written for `count` bytes.
#[unsafe(naked)]
pub unsafe extern "C" fn fill(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    naked_asm!(
        "mov r9, rdi",
        "movzx eax, sil",
        "mov rcx, 0x0101010101010101",
        "imul rax, rcx",
        "cmp rdx, 16",
        "jb 3f",
        "cmp rdx, 1024",
        "jae 6f",
        "movq xmm0, rax",
        "punpcklqdq xmm0, xmm0",
        "lea r8, [rdi + rdx - 16]",
        "2:",
        "movups [rdi], xmm0",
        "add rdi, 16",
        "cmp rdi, r8",
        "jb 2b",
        "movups [r8], xmm0",
        "mov rax, r9",
        "ret",
        "3:",
        "cmp rdx, 8",
        "jb 4f",
        "mov [rdi], rax",
        "mov [rdi + rdx - 8], rax",
        "mov rax, r9",
        "ret",
        "4:",
        "cmp rdx, 4",
        "jb 5f",
        "mov [rdi], eax",
        "mov [rdi + rdx - 4], eax",
        "mov rax, r9",
        "ret",
        "5:",
        "test rdx, rdx",
        "jz 7f",
        "mov rcx, rdx",
        "shr rcx, 1",
        "mov [rdi], al",
        "mov [rdi + rcx], al",
        "mov [rdi + rdx - 1], al",
        "mov rax, r9",
        "ret",
        // The last eight bytes, then whole words.
        "6:",
        "mov [rdi + rdx - 8], rax",
        "mov rcx, rdx",
        "shr rcx, 3",
        "rep stosq",
        "7:",
        "mov rax, r9",
        "ret",
    )
}

/// Compares `count` bytes as numbers: less than zero, zero or more, as the first that differ do.
///
/// # Safety
///
/// Both can be read for `count` bytes.
#[must_use]
#[unsafe(naked)]
pub unsafe extern "C" fn compare(left: *const u8, right: *const u8, count: usize) -> i32 {
    naked_asm!(
        // Eight at a time, compared as numbers whose first byte counts most.
        "2:",
        "cmp rdx, 8",
        "jb 3f",
        "mov rax, [rdi]",
        "mov rcx, [rsi]",
        "add rdi, 8",
        "add rsi, 8",
        "sub rdx, 8",
        "cmp rax, rcx",
        "je 2b",
        "bswap rax",
        "bswap rcx",
        "cmp rax, rcx",
        "sbb eax, eax",
        "or eax, 1",
        "ret",
        "3:",
        "test rdx, rdx",
        "jz 4f",
        "movzx eax, byte ptr [rdi]",
        "movzx ecx, byte ptr [rsi]",
        "inc rdi",
        "inc rsi",
        "dec rdx",
        "sub eax, ecx",
        "je 3b",
        "ret",
        "4:",
        "xor eax, eax",
        "ret",
    )
}

/// Returns how many bytes stand before the first zero.
///
/// # Safety
///
/// `text` can be read up to a zero.
#[must_use]
#[unsafe(naked)]
pub unsafe extern "C" fn length(text: *const u8) -> usize {
    naked_asm!(
        "lea rax, [rdi - 1]",
        "2:",
        "inc rax",
        "cmp byte ptr [rax], 0",
        "jne 2b",
        "sub rax, rdi",
        "ret",
    )
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;

    const SIZES: [usize; 24] = [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 255, 1023, 1024, 1025,
        5000,
    ];

    fn pattern() -> Vec<u8> {
        (0..16_384_u32).map(|n| (n * 7 + n / 251).to_le_bytes()[0]).collect()
    }

    #[test]
    fn copies_are_exact_whatever_overlaps() {
        for size in SIZES {
            for (from, to) in [(0, 8000), (100, 101), (101, 100), (100, 116), (116, 100), (9, 9)] {
                for (from, to) in [(from, to), (from, to + size / 2), (from + size / 2, to)] {
                    let (mut ours, mut theirs) = (pattern(), pattern());
                    theirs.copy_within(from..from + size, to);
                    let start = ours.as_mut_ptr();
                    // SAFETY: both ranges lie within the pattern.
                    let end = unsafe { copy(start.add(to), start.add(from), size) };
                    assert_eq!(end as usize, start as usize + to);
                    assert!(ours == theirs, "{size} from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn fills_touch_nothing_beside() {
        for size in SIZES {
            let (mut ours, mut theirs) = (pattern(), pattern());
            theirs[3..3 + size].fill(0xa5);
            let start = ours.as_mut_ptr();
            // SAFETY: the range lies within the pattern.
            let end = unsafe { fill(start.add(3), 0x1a5, size) };
            assert_eq!(end as usize, start as usize + 3);
            assert!(ours == theirs, "{size}");
        }
    }

    #[test]
    fn the_first_difference_decides() {
        for size in SIZES {
            let (ours, mut theirs) = (pattern(), pattern());
            // SAFETY: both are long enough.
            let ask = |theirs: &[u8]| unsafe { compare(ours.as_ptr(), theirs.as_ptr(), size) };
            assert_eq!(ask(&theirs), 0);
            for at in [0, size / 2, size.saturating_sub(1)].into_iter().filter(|at| *at < size) {
                let old = theirs[at];
                theirs[at] = old.wrapping_add(1);
                let expected = ours[..size].cmp(&theirs[..size]) as i32;
                assert_eq!(ask(&theirs).signum(), expected, "{size} at {at}");
                theirs[at] = old;
            }
        }
    }

    #[test]
    fn a_length_ends_at_the_zero() {
        // SAFETY: the text ends with a zero.
        let of = |text: &core::ffi::CStr| unsafe { length(text.as_ptr().cast()) };
        assert_eq!((of(c""), of(c"four")), (0, 4));
    }
}
