//! The header, as bytes. The tables are in `FORMAT.md`.

use alloc::{boxed::Box, vec, vec::Vec};

use uguid::Guid;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    HeaderFault,
    seal::{Cost, KEY_BYTES, Key, SALT_BYTES, Sealed, TAG_BYTES, unseal},
};
use crate::field;

/// Bytes in a header.
pub(super) const HEADER_BYTES: usize = 4096;
/// Where the copies are.
pub(super) const COPIES: [u64; 2] = [0, 32768];
/// Where the sectors begin.
pub(super) const DATA_START: u64 = 65536;
/// Passphrases that a disk can have.
pub(super) const SLOTS: usize = 8;

const MAGIC: [u8; 8] = *b"SARABENC";
const VERSION: u16 = 1;
const AES_256_XTS: u16 = 1;
const ARGON2ID: u32 = 1;
const SLOTS_AT: usize = 128;
const SLOT_BYTES: usize = 256;
const CHECKSUM_AT: usize = 4088;

/// A header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) unit_bytes: u32,
    pub(super) guid: Guid,
    pub(super) sequence: u64,
    pub(super) slots: [Option<Slot>; SLOTS],
}

/// A used key slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) cost: Cost,
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) sealed: Sealed,
}

impl Header {
    /// Reads a header from the first bytes of `data`.
    pub(super) fn parse(data: &[u8]) -> Result<Self, HeaderFault> {
        let data = data.get(..HEADER_BYTES).ok_or(HeaderFault::None)?;
        if field::bytes(data, 0) != MAGIC {
            return Err(HeaderFault::None);
        }
        if field::u64(data, CHECKSUM_AT) != xxh3_64(&data[..CHECKSUM_AT]) {
            return Err(HeaderFault::Checksum);
        }
        let (version, cipher) = (field::u16(data, 8), field::u16(data, 10));
        if version != VERSION {
            return Err(HeaderFault::Version { version });
        }
        if cipher != AES_256_XTS || field::u64(data, 40) != DATA_START {
            return Err(HeaderFault::Cipher { cipher });
        }
        let unit_bytes = field::u32(data, 12);
        if !unit_bytes.is_power_of_two() || unit_bytes < 512 {
            return Err(HeaderFault::Unit { unit_bytes });
        }
        let mut slots = [const { None }; SLOTS];
        for (slot, bytes) in slots.iter_mut().zip(data[SLOTS_AT..].chunks(SLOT_BYTES)) {
            *slot = Slot::parse(bytes)?;
        }
        let guid = Guid::from_bytes(field::bytes(data, 16));
        Ok(Self { unit_bytes, guid, sequence: field::u64(data, 32), slots })
    }

    /// Returns the header's bytes.
    pub(super) fn encode(&self) -> Box<[u8]> {
        let mut data = vec![0; HEADER_BYTES];
        self.put_fixed(&mut data);
        field::put(&mut data, 32, &self.sequence.to_le_bytes());
        for (slot, bytes) in self.slots.iter().zip(data[SLOTS_AT..].chunks_mut(SLOT_BYTES)) {
            if let Some(slot) = slot {
                slot.put(bytes);
            }
        }
        let checksum = xxh3_64(&data[..CHECKSUM_AT]);
        field::put(&mut data, CHECKSUM_AT, &checksum.to_le_bytes());
        data.into()
    }

    /// Puts what never changes.
    fn put_fixed(&self, data: &mut [u8]) {
        field::put(data, 0, &MAGIC);
        field::put(data, 8, &VERSION.to_le_bytes());
        field::put(data, 10, &AES_256_XTS.to_le_bytes());
        field::put(data, 12, &self.unit_bytes.to_le_bytes());
        field::put(data, 16, &self.guid.to_bytes());
        field::put(data, 40, &DATA_START.to_le_bytes());
    }

    /// Returns what a seal with this cost and salt is bound to.
    pub(super) fn bound(&self, cost: Cost, salt: &[u8; SALT_BYTES]) -> Vec<u8> {
        let mut fixed = [0; 48];
        self.put_fixed(&mut fixed);
        let mut slot = [0; 64];
        put_cost(&mut slot, cost, salt);
        [&fixed[..32], &fixed[40..], &slot].concat()
    }

    /// Returns the slots in use.
    pub(super) fn used(&self) -> impl Iterator<Item = (usize, &Slot)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| Some((index, slot.as_ref()?)))
    }

    /// Returns the volume's key, and the slot that the passphrase fits.
    ///
    /// A slot that costs too much for this machine is passed over, unless no other fits.
    pub(super) fn unseal(&self, passphrase: &[u8]) -> Result<(usize, Key), HeaderFault> {
        let mut fault = HeaderFault::Passphrase;
        for (index, slot) in self.used() {
            let bound = self.bound(slot.cost, &slot.salt);
            match unseal(&slot.sealed, passphrase, (slot.cost, &slot.salt), &bound) {
                Ok(Some(key)) => return Ok((index, key)),
                Ok(None) => {}
                Err(other) => fault = other,
            }
        }
        Err(fault)
    }

    /// Returns all slots that the passphrase fits: it may have been added twice.
    pub(super) fn slots_of(&self, passphrase: &[u8]) -> Result<Vec<usize>, HeaderFault> {
        let mut rest = self.clone();
        let mut slots = Vec::new();
        loop {
            match rest.unseal(passphrase) {
                Ok((index, _)) => {
                    slots.push(index);
                    rest.slots[index] = None;
                }
                Err(HeaderFault::Passphrase) if !slots.is_empty() => return Ok(slots),
                Err(fault) => return Err(fault),
            }
        }
    }
}

impl Slot {
    fn parse(data: &[u8]) -> Result<Option<Self>, HeaderFault> {
        let (way, lanes) = (field::u32(data, 4), field::u32(data, 16));
        match field::u32(data, 0) {
            0 => return Ok(None),
            1 if way == ARGON2ID && lanes == 1 => {}
            _ => return Err(HeaderFault::Slot),
        }
        let key: [u8; KEY_BYTES] = field::bytes(data, 64);
        let tag: [u8; TAG_BYTES] = field::bytes(data, 128);
        Ok(Some(Self {
            cost: Cost { memory_kib: field::u32(data, 8), passes: field::u32(data, 12) },
            salt: field::bytes(data, 32),
            sealed: Sealed { key, tag },
        }))
    }

    fn put(&self, data: &mut [u8]) {
        put_cost(data, self.cost, &self.salt);
        field::put(data, 64, &self.sealed.key);
        field::put(data, 128, &self.sealed.tag);
    }
}

fn put_cost(data: &mut [u8], cost: Cost, salt: &[u8; SALT_BYTES]) {
    field::put(data, 0, &1_u32.to_le_bytes());
    field::put(data, 4, &ARGON2ID.to_le_bytes());
    field::put(data, 8, &cost.memory_kib.to_le_bytes());
    field::put(data, 12, &cost.passes.to_le_bytes());
    field::put(data, 16, &1_u32.to_le_bytes());
    field::put(data, 32, salt);
}
