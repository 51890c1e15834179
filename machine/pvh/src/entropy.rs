//! A seed: what the processor draws, and what devices give.

use core::arch::x86_64::{_rdrand64_step, _rdseed64_step};

use sarab_runtime::NoEntropy;

use crate::cpuid::{has, leaf, part};

/// How often a word is asked for before the processor is taken to have none (Intel, "Digital Random
/// Number Generator Software Implementation Guide", section 5.2.1).
const TRIES: u32 = 10;

/// Bytes of a seed.
pub const SEED_BYTES: usize = 32;

/// Fills `seed` from the processor, and from `device`, if there is one that has given something. Either
/// is enough, and with both, whoever knows one of them knows nothing.
pub fn seed(
    seed: &mut [u8; SEED_BYTES],
    device: Option<&[u8; SEED_BYTES]>,
) -> Result<(), NoEntropy> {
    let drawn = draw();
    // What a broken source gives: nothing.
    let device = device.filter(|given| **given != [0; SEED_BYTES]);
    if drawn.is_none() && device.is_none() {
        return Err(NoEntropy);
    }
    for source in [drawn.as_ref(), device].into_iter().flatten() {
        seed.iter_mut().zip(source).for_each(|(byte, other)| *byte ^= other);
    }
    Ok(())
}

/// Draws a seed, if the processor can.
fn draw() -> Option<[u8; SEED_BYTES]> {
    let has_seed = has(7) && part(7, 0).ebx & 1 << 18 != 0;
    let has_random = leaf(1).ecx & 1 << 30 != 0;
    let mut bytes = [0; SEED_BYTES];
    for word in bytes.as_chunks_mut::<8>().0 {
        // SAFETY: the processor has the instruction.
        let seeded = || (0..TRIES).find_map(|_| step(|it| unsafe { _rdseed64_step(it) }));
        // SAFETY: as above.
        let random = || (0..TRIES).find_map(|_| step(|it| unsafe { _rdrand64_step(it) }));
        let drawn = has_seed.then(seeded).flatten();
        let drawn = drawn.or_else(|| has_random.then(random).flatten())?;
        *word = drawn.to_le_bytes();
    }
    Some(bytes)
}

/// Draws a word once. One of all the same bits is what broken generators give.
fn step(draw: impl FnOnce(&mut u64) -> i32) -> Option<u64> {
    let mut word = 0;
    (draw(&mut word) == 1 && word != 0 && word != u64::MAX).then_some(word)
}
