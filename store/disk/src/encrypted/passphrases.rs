//! Making an encrypted disk, and the passphrases that it has.

use sarab_device::Block;
use uguid::Guid;

use super::{
    Encrypted, EncryptionError, HeaderFault,
    header::{Header, SLOTS, Slot},
    seal::{Cost, Key, SALT_BYTES, seal},
    store,
};

/// A passphrase that a disk is to have.
pub struct New<'a, R> {
    /// The passphrase.
    pub passphrase: &'a str,
    /// What it is to cost to try it.
    pub cost: Cost,
    /// Fills bytes with random ones that nobody can guess (`sarab_runtime::random`).
    pub random: R,
}

impl<B: Block> Encrypted<B> {
    /// Makes `block` an encrypted disk with one passphrase and a new key, so that whatever was on it reads
    /// as noise. The old sectors are not overwritten.
    ///
    /// A crash on the way leaves what was there, or the new header.
    ///
    /// # Errors
    /// Where the disk is too small, the passphrase costs more than it may, or the disk fails.
    pub async fn format(
        block: &B,
        mut new: New<'_, impl FnMut(&mut [u8])>,
    ) -> Result<(), EncryptionError<B::Error>> {
        store::check_size(block)?;
        let (mut key, mut guid) = (Key::new([0; 64]), [0; 16]);
        (new.random)(&mut *key);
        (new.random)(&mut guid);
        let mut header = Header {
            unit_bytes: block.geometry().sector_bytes,
            guid: Guid::from_random_bytes(guid),
            sequence: store::read(block)
                .await
                .map_or(1, |(header, _)| header.sequence.saturating_add(1)),
            slots: [const { None }; SLOTS],
        };
        header.slots[0] = Some(header.slot(&key, new)?);
        store::write(block, &header).await
    }

    /// Adds a passphrase, by one that the disk has. It may be open meanwhile.
    ///
    /// # Errors
    /// Where `known` does not fit, the disk has eight already, or fails.
    pub async fn add_passphrase(
        block: &B,
        known: &str,
        new: New<'_, impl FnMut(&mut [u8])>,
    ) -> Result<(), EncryptionError<B::Error>> {
        let (mut header, _) = store::read(block).await?;
        let (_, key) = header.unseal(known.as_bytes())?;
        let free = header.slots.iter().position(Option::is_none);
        let free = free.ok_or(EncryptionError::Header(HeaderFault::Full))?;
        header.slots[free] = Some(header.slot(&key, new)?);
        header.sequence = header.sequence.saturating_add(1);
        store::write(block, &header).await
    }

    /// Removes a passphrase, as often as it was added. It must not be the last.
    ///
    /// # Errors
    /// Where it does not fit, or is the last, or this machine cannot try all that the disk has, or the disk
    /// fails.
    pub async fn remove_passphrase(
        block: &B,
        passphrase: &str,
    ) -> Result<(), EncryptionError<B::Error>> {
        let (mut header, _) = store::read(block).await?;
        let slots = header.slots_of(passphrase.as_bytes())?;
        if header.used().count() == slots.len() {
            return Err(EncryptionError::Header(HeaderFault::Last));
        }
        for slot in slots {
            header.slots[slot] = None;
        }
        header.sequence = header.sequence.saturating_add(1);
        store::write(block, &header).await
    }
}

impl Header {
    /// Seals the volume's key by a new passphrase.
    fn slot(
        &self,
        key: &Key,
        mut new: New<'_, impl FnMut(&mut [u8])>,
    ) -> Result<Slot, HeaderFault> {
        let (cost, mut salt) = (new.cost, [0; SALT_BYTES]);
        (new.random)(&mut salt);
        let bound = self.bound(cost, &salt);
        let sealed = seal(key, new.passphrase.as_bytes(), (cost, &salt), &bound)?;
        Ok(Slot { cost, salt, sealed })
    }
}
