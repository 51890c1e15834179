//! What is stored: random keys and values that cannot be compressed, the same in every run.

/// A key.
pub type Key = [u8; 16];

/// Bytes in a value.
const VALUE_BYTES: usize = 100;

/// A key with its value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    pub key: Key,
    pub value: [u8; VALUE_BYTES],
}

/// Numbers that look random (SplitMix64, Steele, Lea and Flood 2014).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number less than `limit`, which is far less than 64 bits.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.any() % limit.max(1) as u64) as usize
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.any().to_le_bytes()[..part.len()]);
        }
    }

    /// Returns so many pairs of random keys.
    pub fn pairs(&mut self, count: usize) -> Vec<Pair> {
        let mut pairs = vec![Pair { key: [0; 16], value: [0; VALUE_BYTES] }; count];
        for pair in &mut pairs {
            self.fill(&mut pair.key);
            self.fill(&mut pair.value);
        }
        pairs
    }

    /// Brings the items in another order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

/// Returns what a value adds to a sum, so that it has to be looked at.
pub fn weight(value: &[u8]) -> u64 {
    value.len() as u64 + u64::from(value.first().copied().unwrap_or_default())
}
