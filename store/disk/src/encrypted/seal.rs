//! Passphrases, the keys that they become, and the volume's key that those seal.

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, aead::AeadInOut};
use zeroize::Zeroizing;

use super::HeaderFault;

/// The key of a volume.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Bytes in the key of a volume.
pub(super) const KEY_BYTES: usize = 64;
/// Bytes in a salt.
pub(super) const SALT_BYTES: usize = 32;
/// Bytes in the tag of a seal.
pub(super) const TAG_BYTES: usize = 16;
/// The most memory that a passphrase may cost.
const MEMORY_KIB_MAX: u32 = 1 << 20;
/// The most memory times passes that it may cost.
const WORK_KIB_MAX: u64 = 16 << 20;

/// What it costs to try a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8. The machine that opens the disk must have it.
    pub memory_kib: u32,
    /// How often that memory is gone through.
    pub passes: u32,
}

impl Default for Cost {
    /// 19 MiB and two passes, the least that OWASP advises; about a twentieth of a second.
    fn default() -> Self {
        Self { memory_kib: 19 << 10, passes: 2 }
    }
}

/// A key of a volume, sealed by one that a passphrase becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) key: [u8; KEY_BYTES],
    pub(super) tag: [u8; TAG_BYTES],
}

/// Seals the key of a volume. The `salt` must be one that nothing else was sealed with.
pub(super) fn seal(
    key: &Key,
    passphrase: &[u8],
    (cost, salt): (Cost, &[u8; SALT_BYTES]),
    bound: &[u8],
) -> Result<Sealed, HeaderFault> {
    let aead = derive(passphrase, cost, salt)?;
    let mut sealed = **key;
    let tag = aead.encrypt_inout_detached(&Nonce::default(), bound, (&mut sealed[..]).into());
    Ok(Sealed { key: sealed, tag: tag.map_err(|_| HeaderFault::Cost(cost))?.into() })
}

/// Opens a seal; `None` where the passphrase is not the one, or what it is bound to was changed.
pub(super) fn unseal(
    sealed: &Sealed,
    passphrase: &[u8],
    (cost, salt): (Cost, &[u8; SALT_BYTES]),
    bound: &[u8],
) -> Result<Option<Key>, HeaderFault> {
    let aead = derive(passphrase, cost, salt)?;
    let mut key = Key::new(sealed.key);
    let nonce = Nonce::default();
    let opened =
        aead.decrypt_inout_detached(&nonce, bound, (&mut key[..]).into(), &sealed.tag.into());
    Ok(opened.is_ok().then_some(key))
}

/// Makes a passphrase into what seals and unseals.
fn derive(
    passphrase: &[u8],
    cost: Cost,
    salt: &[u8; SALT_BYTES],
) -> Result<ChaCha20Poly1305, HeaderFault> {
    let Cost { memory_kib, passes } = cost;
    let work = u64::from(memory_kib) * u64::from(passes);
    if memory_kib > MEMORY_KIB_MAX || work > WORK_KIB_MAX {
        return Err(HeaderFault::Cost(cost));
    }
    let params =
        Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| HeaderFault::Cost(cost))?;
    let mut memory = Zeroizing::new(Vec::new());
    let blocks = params.block_count();
    memory.try_reserve_exact(blocks).map_err(|_| HeaderFault::NoMemory { memory_kib })?;
    memory.resize(blocks, argon2::Block::new());
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase, salt, &mut *key, &mut **memory)
        .map_err(|_| HeaderFault::Cost(cost))?;
    Ok(ChaCha20Poly1305::new((&*key).into()))
}
