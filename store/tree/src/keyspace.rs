//! Keyspaces: trees of their own to the user, two bytes before each key in truth.

use alloc::vec::Vec;

/// The most bytes in a key.
pub const KEY_BYTES_MAX: usize = 1024;

/// Bytes of a keyspace before a key.
pub(crate) const KEYSPACE_BYTES: usize = 2;

/// The most bytes in a key with its keyspace.
pub(crate) const FULL_KEY_BYTES_MAX: usize = KEY_BYTES_MAX + KEYSPACE_BYTES;

/// The most bytes in a full key and a value that lies in a leaf.
pub(crate) const INLINE_BYTES_MAX: usize = 1900;

/// What the keys of keyspaces' names begin with.
pub(crate) const NAMES: [u8; 2] = [0, 0];

/// What the keys of extents begin with.
pub(crate) const EXTENTS: [u8; 2] = [0, 1];

/// The number of the first keyspace with a name.
pub(crate) const FIRST_NAMED: u16 = 16;

/// A number of keys that are ordered among themselves, apart from all others.
///
/// It has its number from [`Transaction::keyspace`](crate::Transaction::keyspace), for as long as the store lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keyspace(pub(crate) u16);

impl Keyspace {
    /// The one that is there without a name.
    pub const DEFAULT: Self = Self(2);

    /// Puts the full key of `key` into `full`.
    pub(crate) fn write_key(self, key: &[u8], full: &mut Vec<u8>) {
        full.clear();
        full.extend_from_slice(&self.0.to_be_bytes());
        full.extend_from_slice(key);
    }

    /// Returns the full key of `key`.
    pub(crate) fn key(self, key: &[u8]) -> Vec<u8> {
        let mut full = Vec::with_capacity(2 + key.len());
        self.write_key(key, &mut full);
        full
    }

    /// Returns the first full key after all of this keyspace.
    pub(crate) fn end(self) -> [u8; 2] {
        self.0.saturating_add(1).to_be_bytes()
    }
}

/// A full key for a search; one of usual length needs no heap.
pub(crate) struct SearchKey {
    short: [u8; SHORT_BYTES],
    long: Vec<u8>,
    len: usize,
}

/// Full keys up to so many bytes are short.
const SHORT_BYTES: usize = 64;

impl SearchKey {
    /// Returns the full key of `key`, or `None` if it is too long to be there.
    pub(crate) fn new(keyspace: Keyspace, key: &[u8]) -> Option<Self> {
        let len = 2 + key.len();
        if len > FULL_KEY_BYTES_MAX {
            return None;
        }
        let (mut short, mut long) = ([0; SHORT_BYTES], Vec::new());
        match short.get_mut(2..len) {
            Some(place) => place.copy_from_slice(key),
            None => keyspace.write_key(key, &mut long),
        }
        short[..2].copy_from_slice(&keyspace.0.to_be_bytes());
        Some(Self { short, long, len })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.short.get(..self.len).unwrap_or(&self.long)
    }
}
