//! The keys of a file system: the first table of `FORMAT.md`.

use alloc::vec::Vec;
use core::ops::Range;

const HEADER: u8 = 0;
const INODE: u8 = 1;
const ENTRY: u8 = 2;
const CHUNK: u8 = 3;
const ORPHAN: u8 = 4;

/// Bytes before the name in the key of an entry.
const ENTRY_PREFIX: usize = 9;

/// The key of the header.
pub(crate) const fn header() -> [u8; 1] {
    [HEADER]
}

/// The key of what is known of an inode.
pub(crate) fn inode(inode: u64) -> [u8; 9] {
    numbered(INODE, inode)
}

/// The keys of all inodes.
pub(crate) const fn inodes() -> Range<[u8; 1]> {
    [INODE]..[INODE + 1]
}

/// The key of the entry `name` in a folder.
pub(crate) fn entry(folder: u64, name: &str) -> Vec<u8> {
    [&numbered(ENTRY, folder)[..], name.as_bytes()].concat()
}

/// The keys of all entries of a folder.
pub(crate) fn entries(folder: u64) -> Range<[u8; 9]> {
    numbered(ENTRY, folder)..numbered(ENTRY, folder.saturating_add(1))
}

/// Returns the name in the key of an entry.
pub(crate) fn name(key: &[u8]) -> Option<&str> {
    core::str::from_utf8(key.get(ENTRY_PREFIX..)?).ok()
}

/// The key of a chunk of a file.
pub(crate) fn chunk(inode: u64, number: u64) -> [u8; 17] {
    let mut key = [0; 17];
    key[..9].copy_from_slice(&numbered(CHUNK, inode));
    key[9..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The keys of the chunks of a file from one of them on.
pub(crate) fn chunks(inode: u64, from: u64) -> Range<[u8; 17]> {
    chunk(inode, from)..chunk(inode.saturating_add(1), 0)
}

/// Returns the number of the chunk that a key is of.
pub(crate) fn chunk_number(key: &[u8]) -> Option<u64> {
    last_number(key, 17)
}

/// The key that marks an orphan.
pub(crate) fn orphan(inode: u64) -> [u8; 9] {
    numbered(ORPHAN, inode)
}

/// The keys of all orphans.
pub(crate) const fn orphans() -> Range<[u8; 1]> {
    [ORPHAN]..[ORPHAN + 1]
}

/// Returns the inode that the key of an inode or of an orphan names.
pub(crate) fn inode_number(key: &[u8]) -> Option<u64> {
    last_number(key, 9)
}

fn numbered(kind: u8, number: u64) -> [u8; 9] {
    let mut key = [kind; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

fn last_number(key: &[u8], size: usize) -> Option<u64> {
    let number = key.last_chunk().filter(|_| key.len() == size)?;
    Some(u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_folder_stand_together_in_the_order_of_names() {
        let keys = [entry(1, "a"), entry(1, "a-b"), entry(1, "b"), entry(2, ""), entry(256, "a")];
        assert!(keys.is_sorted());
        let of_one = entries(1);
        for (key, is_inside) in keys.iter().zip([true, true, true, false, false]) {
            assert_eq!(of_one.start[..] <= key[..] && key[..] < of_one.end[..], is_inside);
        }
        assert_eq!(name(&keys[1]), Some("a-b"));
    }

    #[test]
    fn keys_of_chunks_are_in_the_order_of_numbers() {
        let keys = [chunk(7, 0), chunk(7, 255), chunk(7, 256), chunk(8, 0)];
        assert!(keys.is_sorted());
        assert_eq!(chunks(7, 255).start, keys[1]);
        assert_eq!(chunks(7, 255).end, keys[3]);
        assert_eq!(chunk_number(&keys[2]), Some(256));
        assert_eq!(chunk_number(&inode(3)), None);
        assert_eq!(inode_number(&orphan(3)), Some(3));
    }
}
