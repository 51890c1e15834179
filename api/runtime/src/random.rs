//! Random numbers that nobody can foretell: `ChaCha20`, seeded by the machine at boot.
//!
//! There is no way to use them unseeded: a machine without entropy does not start the program.

use core::convert::Infallible;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _, TryCryptoRng, TryRng};

use crate::current;

/// Fills `bytes` with random bytes.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn fill(bytes: &mut [u8]) {
    current::get().random.borrow_mut().fill_bytes(bytes);
}

/// Returns a random number.
///
/// # Panics
///
/// If no runtime runs here.
#[must_use]
#[track_caller]
pub fn u64() -> u64 {
    current::get().random.borrow_mut().next_u64()
}

/// Mixes `seed` into what random numbers come of. A machine does so that has become two, as a saved guest does that is
/// restored twice: from then on their numbers differ.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn stir(seed: &[u8; 32]) {
    let runtime = current::get();
    let mut random = runtime.random.borrow_mut();
    let mut mixed = [0; 32];
    random.fill_bytes(&mut mixed);
    mixed.iter_mut().zip(seed).for_each(|(byte, other)| *byte ^= other);
    *random = ChaCha20Rng::from_seed(mixed);
}

/// The same random numbers for code that asks for a generator of `rand_core`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rng;

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(current::get().random.borrow_mut().next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self::u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Rng {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rehearsal;
    use alloc::vec::Vec;

    fn draw(seed: u64) -> (Vec<u8>, u64, u32) {
        Rehearsal::new(seed).run(async {
            let mut bytes = [0; 40];
            fill(&mut bytes);
            (bytes.to_vec(), u64(), Rng.next_u32())
        })
    }

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_gives_others() {
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn what_is_stirred_in_parts_the_ways_of_two_machines() {
        let stirred = |seed: [u8; 32]| {
            Rehearsal::new(1).run(async move {
                stir(&seed);
                u64()
            })
        };
        assert_eq!(stirred([1; 32]), stirred([1; 32]));
        assert_ne!(stirred([1; 32]), stirred([2; 32]));
        assert_ne!(stirred([0; 32]), draw(1).1);
    }

    #[test]
    fn numbers_do_not_repeat_within_a_run() {
        let (bytes, ..) = draw(3);
        assert_ne!(bytes[..16], bytes[16..32]);
    }
}
