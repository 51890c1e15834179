//! Operations of a transaction, gathered in the form in which the log keeps them.

use alloc::vec::Vec;

use crate::{
    format::{
        extent::LARGE,
        field::{array, u16_at},
        record::TRANSACTION_BYTES,
    },
    keyspace::FULL_KEY_BYTES_MAX,
};

const PUT: u8 = 1;
const REMOVE: u8 = 2;
const REMOVE_RANGE: u8 = 3;

/// Bytes of an operation before its key.
const OPERATION_BYTES: usize = 5;

/// Operations of a transaction: their bytes, and an order among those that were not applied yet.
///
/// The bytes begin with room for the head of a transaction, so that they go to the log as they are.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    waiting: Vec<Place>,
    /// How many of those have been applied.
    done: usize,
    is_sorted: bool,
}

/// Where an operation is, and the first bytes of its key.
#[derive(Clone, Copy, Debug)]
struct Place {
    head: u64,
    at: u32,
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation<'b> {
    /// The word is in its two bytes.
    Put {
        key: &'b [u8],
        word: &'b [u8],
        value: &'b [u8],
    },
    Remove {
        key: &'b [u8],
    },
    /// No `end` is the end of all keys.
    RemoveRange {
        start: &'b [u8],
        end: Option<&'b [u8]>,
    },
}

impl<'b> Operation<'b> {
    pub(crate) fn key(&self) -> &'b [u8] {
        match *self {
            Self::Put { key, .. } | Self::Remove { key } => key,
            Self::RemoveRange { start, .. } => start,
        }
    }

    /// Reads the operation at the start of `bytes`, and how long it is.
    pub(crate) fn parse(bytes: &'b [u8]) -> Option<(Self, usize)> {
        let head = bytes.get(..OPERATION_BYTES)?;
        let (key_bytes, word) = (usize::from(u16_at(head, 1)), u16_at(head, 3));
        let key_end = OPERATION_BYTES + key_bytes;
        let key = bytes.get(OPERATION_BYTES..key_end)?;
        let end = key_end + usize::from(word & !LARGE);
        let after = bytes.get(key_end..end)?;
        let operation = match head[0] {
            PUT => Self::Put { key, word: &head[3..5], value: after },
            REMOVE => Self::Remove { key },
            REMOVE_RANGE => {
                Self::RemoveRange { start: key, end: (!after.is_empty()).then_some(after) }
            }
            _ => return None,
        };
        Some((operation, end))
    }
}

impl Batch {
    pub(crate) fn new() -> Self {
        let bytes = alloc::vec![0; TRANSACTION_BYTES];
        Self { bytes, waiting: Vec::new(), done: 0, is_sorted: true }
    }

    /// Adds a put.
    pub(crate) fn put(&mut self, key: [&[u8]; 2], word: u16, value: &[u8]) {
        self.wait(key);
        self.write(PUT, key, word, value);
    }

    /// Adds a removal.
    pub(crate) fn remove(&mut self, key: [&[u8]; 2]) {
        self.wait(key);
        self.write(REMOVE, key, 0, &[]);
    }

    /// Adds the removal of a range for the log only: it has been applied.
    pub(crate) fn note_range(&mut self, start: &[u8], end: Option<&[u8]>) {
        let end = end.unwrap_or_default();
        self.write(REMOVE_RANGE, [start, &[]], end.len() as u16, end);
    }

    /// Returns the bytes of all operations, and room for a head before them.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the bytes of memory that it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.bytes.len() + self.waiting.len() * size_of::<Place>()
    }

    /// Returns whether operations wait to be applied.
    pub(crate) fn is_waiting(&self) -> bool {
        self.done < self.waiting.len()
    }

    /// Brings what waits into the order of keys; among equal keys the last comes last.
    pub(crate) fn sort(&mut self) {
        if self.is_sorted {
            return;
        }
        self.waiting.drain(..self.done);
        self.done = 0;
        let bytes = &self.bytes;
        self.waiting.sort_unstable_by(|left, right| {
            left.head.cmp(&right.head).then_with(|| {
                key_at(bytes, left.at).cmp(key_at(bytes, right.at)).then(left.at.cmp(&right.at))
            })
        });
        self.is_sorted = true;
    }

    /// Returns how many operations wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len() - self.done
    }

    /// Returns the operation that waits at `at` in order.
    pub(crate) fn operation(&self, at: usize) -> Option<Operation<'_>> {
        let place = self.waiting.get(self.done + at)?;
        Operation::parse(self.bytes.get(place.at as usize..)?).map(|(operation, _)| operation)
    }

    /// Returns whether the operation at `at` is undone by the next one, which has the same key.
    pub(crate) fn is_overtaken(&self, at: usize) -> bool {
        let (Some(this), Some(next)) =
            (self.waiting.get(self.done + at), self.waiting.get(self.done + at + 1))
        else {
            return false;
        };
        this.head == next.head && key_at(&self.bytes, this.at) == key_at(&self.bytes, next.at)
    }

    /// Notes that the first `count` operations that waited have been applied.
    pub(crate) fn applied(&mut self, count: usize) {
        self.done += count;
        if self.done >= self.waiting.len() {
            self.waiting.clear();
            (self.done, self.is_sorted) = (0, true);
        }
    }

    /// Forgets the bytes of all operations, which must have been applied.
    pub(crate) fn forget(&mut self) {
        if self.waiting.is_empty() {
            self.bytes.truncate(TRANSACTION_BYTES);
        }
    }

    /// Returns the bytes, and begins anew.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        core::mem::replace(self, Self::new()).bytes
    }

    fn wait(&mut self, key: [&[u8]; 2]) {
        let place = Place { head: head_of(key), at: self.bytes.len() as u32 };
        self.is_sorted =
            self.is_sorted && self.waiting.last().is_none_or(|last| last.head < place.head);
        self.waiting.push(place);
    }

    fn write(&mut self, kind: u8, key: [&[u8]; 2], word: u16, value: &[u8]) {
        let key_bytes = key[0].len() + key[1].len();
        let is_readable = key_bytes <= FULL_KEY_BYTES_MAX + 1 && value.len() < usize::from(LARGE);
        assert!(is_readable, "the log could not be read again");
        let [low, high] = (key_bytes as u16).to_le_bytes();
        let [word_low, word_high] = word.to_le_bytes();
        self.bytes.extend_from_slice(&[kind, low, high, word_low, word_high]);
        self.bytes.extend_from_slice(key[0]);
        self.bytes.extend_from_slice(key[1]);
        self.bytes.extend_from_slice(value);
    }
}

/// Returns the key of the operation at `at`.
fn key_at(bytes: &[u8], at: u32) -> &[u8] {
    let at = at as usize;
    let start = at + OPERATION_BYTES;
    &bytes[start..start + usize::from(u16_at(bytes, at + 1))]
}

/// Returns the first eight bytes of a key in two parts as a number in their order.
fn head_of([space, key]: [&[u8]; 2]) -> u64 {
    let mut head = [0; 8];
    if let (2, Some(first)) = (space.len(), key.first_chunk::<6>()) {
        head[..2].copy_from_slice(space);
        head[2..].copy_from_slice(first);
        return u64::from_be_bytes(head);
    }
    for (to, from) in head.iter_mut().zip(space.iter().chain(key)) {
        *to = *from;
    }
    u64::from_be_bytes(array(&head, 0))
}
