//! The entries of one copy.

use alloc::{string::String, vec, vec::Vec};
use core::ops::Range;

use uguid::Guid;

use super::{Entry, EntryFault, GptFault, TableError, header::Header};
use crate::field;
use crate::partition::Type;

/// Entries of a table that is written here, the fewest that UEFI allows.
pub(super) const COUNT: u32 = 128;
/// Bytes in an entry that is written here.
pub(super) const ENTRY_BYTES: u32 = 128;
/// Units of UTF-16 in a name.
const NAME_UNITS: usize = 36;

/// Reads the entries that `header` speaks of from `data`, whole sectors.
pub(super) fn parse(header: &Header, data: &[u8]) -> Result<Vec<Entry>, GptFault> {
    let size = header.entry_bytes as usize;
    let array = data.get(..size * header.count as usize).ok_or(GptFault::EntriesPlace)?;
    if crc32fast::hash(array) != header.checksum {
        return Err(GptFault::EntriesChecksum);
    }
    let mut entries = Vec::new();
    for (number, record) in (1..).zip(array.chunks_exact(size)) {
        let kind = Guid::from_bytes(field::bytes(record, 0));
        if !kind.is_zero() {
            let entry = entry(number, kind, record);
            let entry = entry.filter(|entry| fits(entry, &header.usable));
            entries.push(entry.ok_or(GptFault::Entry { number })?);
        }
    }
    Ok(entries)
}

/// Reads one entry; `None` where it ends before it begins.
fn entry(number: u32, kind: Guid, record: &[u8]) -> Option<Entry> {
    let first = field::u64(record, 32);
    let count = field::u64(record, 40).checked_sub(first)?.checked_add(1)?;
    Some(Entry {
        number,
        first,
        count,
        kind: Type::Gpt(kind),
        name: name(record),
        guid: Some(Guid::from_bytes(field::bytes(record, 16))),
        attributes: field::u64(record, 48),
    })
}

/// Reads a name; what is no text in it becomes U+FFFD.
fn name(record: &[u8]) -> String {
    let units = (0..NAME_UNITS).map(|unit| field::u16(record, 56 + unit * 2));
    let units = units.take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn fits(entry: &Entry, usable: &Range<u64>) -> bool {
    entry.first >= usable.start && entry.end() <= usable.end
}

/// Writes all entries of a table.
pub(super) fn encode<E>(entries: &[Entry], usable: &Range<u64>) -> Result<Vec<u8>, TableError<E>> {
    let size = ENTRY_BYTES as usize;
    let mut array = vec![0; size * COUNT as usize];
    for entry in entries {
        let fail = |fault| TableError::Entry { number: entry.number, fault };
        if !fits(entry, usable) {
            return Err(fail(EntryFault::OnTable { usable: usable.clone() }));
        }
        let index = entry.number.checked_sub(1).filter(|index| *index < COUNT);
        let at = index.ok_or(fail(EntryFault::Number))? as usize * size;
        put(entry, &mut array[at..at + size]).map_err(fail)?;
    }
    Ok(array)
}

fn put(entry: &Entry, record: &mut [u8]) -> Result<(), EntryFault> {
    let Type::Gpt(kind) = entry.kind else { return Err(EntryFault::Kind) };
    let guid = entry.guid.filter(|_| !kind.is_zero()).ok_or(EntryFault::Kind)?;
    let units: Vec<u16> = entry.name.encode_utf16().collect();
    if units.len() > NAME_UNITS || units.contains(&0) {
        return Err(EntryFault::Name);
    }
    field::put(record, 0, &kind.to_bytes());
    field::put(record, 16, &guid.to_bytes());
    field::put(record, 32, &entry.first.to_le_bytes());
    field::put(record, 40, &(entry.end() - 1).to_le_bytes());
    field::put(record, 48, &entry.attributes.to_le_bytes());
    for (index, unit) in units.into_iter().enumerate() {
        field::put(record, 56 + index * 2, &unit.to_le_bytes());
    }
    Ok(())
}
