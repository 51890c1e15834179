//! The records of the catalog: heads, snapshots, dead lists.

use alloc::{string::String, vec::Vec};

use super::{
    field::{array, put, u32_at, u64_at},
    pointer::{Pointer, Top},
};
use crate::space::Freed;

/// A head, as the catalog keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadRecord {
    pub(crate) top: Top,
    /// The transaction of its last snapshot: what was born up to that is not its own to free.
    pub(crate) kept: u64,
    pub(crate) dead_list: u64,
    /// The snapshot it is a clone of, or 0.
    pub(crate) origin: u64,
    pub(crate) name: String,
}

/// A snapshot, as the catalog keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotRecord {
    pub(crate) top: Top,
    pub(crate) is_deleted: bool,
    pub(crate) head: u32,
    pub(crate) transaction: u64,
    pub(crate) dead_list: u64,
    pub(crate) name: String,
}

const HEAD: u8 = 1;
const SNAPSHOT: u8 = 2;
const DEAD: u8 = 3;

/// Bytes of a head before its name.
const HEAD_BYTES: usize = 56;

/// Bytes of a snapshot before its name.
const SNAPSHOT_BYTES: usize = 48;

/// A key of the catalog, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Head(u32),
    Snapshot(u64),
    Dead(u64, u64),
}

impl Key {
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(17);
        match self {
            Self::Head(number) => {
                bytes.push(HEAD);
                bytes.extend(number.to_be_bytes());
            }
            Self::Snapshot(number) => {
                bytes.push(SNAPSHOT);
                bytes.extend(number.to_be_bytes());
            }
            Self::Dead(list, address) => {
                bytes.push(DEAD);
                bytes.extend(list.to_be_bytes());
                bytes.extend(address.to_be_bytes());
            }
        }
        bytes
    }

    pub(crate) fn parse(key: &[u8]) -> Option<Self> {
        match (key.first()?, key.len()) {
            (&HEAD, 5) => Some(Self::Head(u32::from_be_bytes(array(key, 1)))),
            (&SNAPSHOT, 9) => Some(Self::Snapshot(u64::from_be_bytes(array(key, 1)))),
            (&DEAD, 17) => {
                let number = |at| u64::from_be_bytes(array(key, at));
                Some(Self::Dead(number(1), number(9)))
            }
            _ => None,
        }
    }
}

impl HeadRecord {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = alloc::vec![0; HEAD_BYTES];
        put(&mut bytes, 0, &self.top.pointer.bytes());
        bytes[24] = self.top.level;
        put(&mut bytes, 32, &self.kept.to_le_bytes());
        put(&mut bytes, 40, &self.dead_list.to_le_bytes());
        put(&mut bytes, 48, &self.origin.to_le_bytes());
        bytes.extend_from_slice(self.name.as_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let name = bytes.get(HEAD_BYTES..)?;
        Some(Self {
            top: Top { pointer: Pointer::parse(bytes, 0), level: bytes[24] },
            kept: u64_at(bytes, 32),
            dead_list: u64_at(bytes, 40),
            origin: u64_at(bytes, 48),
            name: String::from_utf8(name.to_vec()).ok()?,
        })
    }
}

impl SnapshotRecord {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = alloc::vec![0; SNAPSHOT_BYTES];
        put(&mut bytes, 0, &self.top.pointer.bytes());
        bytes[24] = self.top.level;
        bytes[25] = u8::from(self.is_deleted);
        put(&mut bytes, 28, &self.head.to_le_bytes());
        put(&mut bytes, 32, &self.transaction.to_le_bytes());
        put(&mut bytes, 40, &self.dead_list.to_le_bytes());
        bytes.extend_from_slice(self.name.as_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let name = bytes.get(SNAPSHOT_BYTES..)?;
        Some(Self {
            top: Top { pointer: Pointer::parse(bytes, 0), level: bytes[24] },
            is_deleted: bytes[25] != 0,
            head: u32_at(bytes, 28),
            transaction: u64_at(bytes, 32),
            dead_list: u64_at(bytes, 40),
            name: String::from_utf8(name.to_vec()).ok()?,
        })
    }
}

/// Returns what the catalog holds of a run on a dead list.
pub(crate) fn dead_bytes(freed: Freed) -> [u8; 16] {
    let mut bytes = [0; 16];
    put(&mut bytes, 0, &freed.pages.to_le_bytes());
    put(&mut bytes, 8, &freed.birth.to_le_bytes());
    bytes
}

/// Reads a run on a dead list.
pub(crate) fn parse_dead(address: u64, bytes: &[u8]) -> Option<Freed> {
    (bytes.len() == 16).then(|| Freed { address, pages: u32_at(bytes, 0), birth: u64_at(bytes, 8) })
}
