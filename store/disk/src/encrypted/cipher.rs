//! AES-256 in XTS mode, sector by sector.

use aes::{Aes256, cipher::KeyInit};
use sarab_device::{Bytes, BytesMut};
use xts_mode::{Xts128, get_tweak_default};

use super::seal::Key;

/// What encrypts the sectors of one disk. Its keys are zeroed when it is dropped.
pub(super) struct Cipher {
    xts: Xts128<Aes256>,
    unit_bytes: usize,
    /// Units in a sector.
    units: u64,
}

impl Cipher {
    /// Makes the cipher of a disk; `unit_bytes` is a power of two of which a sector is whole ones.
    pub(super) fn new(key: &Key, unit_bytes: u32, sector_bytes: u32) -> Self {
        // Borrowed, so that no copy of a key is left on the stack.
        let (halves, _) = key.as_chunks::<32>();
        let half = |index: usize| Aes256::new((&halves[index]).into());
        let units = u64::from(sector_bytes / unit_bytes);
        Self { xts: Xts128::new(half(0), half(1)), unit_bytes: unit_bytes as usize, units }
    }

    pub(super) fn encrypt(&self, first: u64, data: Bytes) -> Bytes {
        let (mut data, first) = (owned(data), u128::from(first) * u128::from(self.units));
        self.xts.encrypt_area(&mut data, self.unit_bytes, first, get_tweak_default);
        data.freeze()
    }

    pub(super) fn decrypt(&self, first: u64, data: Bytes) -> Bytes {
        let (mut data, first) = (owned(data), u128::from(first) * u128::from(self.units));
        self.xts.decrypt_area(&mut data, self.unit_bytes, first, get_tweak_default);
        data.freeze()
    }
}

/// Returns bytes that nobody else sees: these, where they are nobody else's, or a copy.
fn owned(data: Bytes) -> BytesMut {
    data.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]))
}
