//! Folders in memory.

use alloc::{format, vec};

use super::*;
use crate::entry::CHANGED;

fn short(name: &[u8; 11]) -> Short {
    let bytes = [0; ENTRY_BYTES];
    Short { name: *name, attributes: CHANGED, ..Short::read(&bytes) }
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn empty(sectors: usize) -> Entries {
    Entries::new(vec![0; sectors * 512], 512)
}

/// Adds a long name and returns the slot of its entry.
fn add(entries: &mut Entries, text: &str, name: &[u8; 11]) -> usize {
    let units = units(text);
    let at = entries.room(units.len().div_ceil(entry::PART_UNITS) + 1).unwrap();
    entries.insert(at, &units, &short(name))
}

#[test]
fn a_name_is_found_in_any_case_and_by_its_short_name() {
    let mut entries = empty(2);
    let slot = add(&mut entries, "\u{dc}ber the Moon.txt", b"_BERTH~1TXT");
    for text in ["\u{dc}ber the Moon.txt", "\u{fc}BER THE MOON.TXT. .", "_berth~1.txt"] {
        assert_eq!(entries.find(text).unwrap().slot(), slot, "{text}");
    }
    assert!(entries.find_exact("\u{fc}ber the moon.txt").is_none());
    assert!(entries.find("moon").is_none());
}

#[test]
fn a_name_stands_in_one_sector_where_it_fits() {
    let mut entries = empty(10);
    for number in 0..20u8 {
        let name = format!("a name of six slots, which is just what it takes to test {number}");
        let mut short = *b"ANAME~00   ";
        short[7] = b'A' + number;
        let slot = add(&mut entries, &name, &short);
        let item = entries.item(slot).unwrap();
        assert_eq!(item.name, name);
        assert_eq!(item.slots.start / 16, slot / 16);
    }
    assert!(entries.dirty(true).is_empty());
    assert_eq!(entries.iter().count(), 20);
}

#[test]
fn a_name_longer_than_a_sector_has_its_parts_written_first() {
    let mut entries = empty(4);
    let name = "x".repeat(255);
    add(&mut entries, "first", b"FIRST~1    ");
    let slot = add(&mut entries, &name, b"XXXXXX~1   ");
    assert_eq!((slot, entries.dirty(true)), (16 + 20, vec![1]));
    entries.written(&[0, 1, 2]);
    let item = entries.find(&name).unwrap();
    assert_eq!(entries.remove(&item), 16..32);
    assert_eq!(entries.dirty(false), [2]);
    assert!(entries.find(&name).is_none());
}

#[test]
fn what_stands_behind_the_end_is_not_seen_and_is_cleared() {
    let mut bytes = vec![0; 1024];
    bytes[600..611].copy_from_slice(b"GARBAGE GAR");
    let mut entries = Entries::new(bytes, 512);
    assert!(entries.is_empty() && entries.is_clean());
    add(&mut entries, "new", b"NEW~1      ");
    assert_eq!(entries.dirty(false), [0, 1]);
    assert_eq!(entries.sector(1), [0; 512]);
}

#[test]
fn parts_that_belong_to_no_entry_are_passed_over() {
    let mut entries = empty(1);
    let slot = add(&mut entries, "long name", b"LONGNA~1   ");
    let mut other = entries.short(slot).unwrap();
    other.name = *b"OTHER      ";
    entries.rewrite(slot, &other);
    let item = entries.item(slot).unwrap();
    assert_eq!((item.name.as_str(), item.slots), ("OTHER", slot..slot + 1));
}

#[test]
fn freed_slots_are_used_again() {
    let mut entries = empty(1);
    let mut slots = Vec::new();
    for number in 0..8u8 {
        let mut short = *b"N~0        ";
        short[2] = b'0' + number;
        slots.push(add(&mut entries, &format!("n {number}"), &short));
    }
    assert_eq!(entries.room(1), None);
    let item = entries.item(slots[3]).unwrap();
    assert!(entries.remove(&item).is_empty());
    assert_eq!(entries.room(2), Some(6));
    assert_eq!(entries.room(3), None);
}

#[test]
fn what_stands_behind_the_end_is_gone_before_the_end_moves() {
    for used in [15, 16, 14] {
        let mut bytes = vec![b'x'; 4 * 512];
        for slot in 0..used {
            bytes[slot * ENTRY_BYTES..(slot + 1) * ENTRY_BYTES].copy_from_slice(
                &short(format!("F{slot:<10}").as_bytes().try_into().unwrap()).write(),
            );
        }
        bytes[used * ENTRY_BYTES] = END;
        let mut entries = Entries::new(bytes, 512);
        add(&mut entries, "A longer name", b"ALONGE~1   ");
        let edge = used / 16;
        assert_eq!(entries.dirty(true), (edge + 1..4).collect::<Vec<_>>(), "{used}");
        assert_eq!(entries.dirty(false), (edge..4).collect::<Vec<_>>(), "{used}");
    }
}
