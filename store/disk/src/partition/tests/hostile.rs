//! Tables that somebody, or chance, has damaged.

use proptest::prelude::*;

use super::*;

/// Returns a disk of 16384 sectors with a GPT of two partitions.
fn gpt() -> (RamDisk, Table) {
    let disk = disk(512, 8 << 20);
    let table = divided(&disk, GPT, &[Some(8192), Some(8192)]);
    (disk, table)
}

const LAST: u64 = 16383;

#[test]
fn a_damaged_first_copy_is_replaced_by_the_second_with_a_warning() {
    let faults: [(u64, usize, &str); 4] = [
        (1, 0, "there is no header"),
        (1, 60, "the checksum of the header is wrong"),
        (2, 0, "the checksum of the entries is wrong"),
        (1, 12, "the header has 185 bytes"),
    ];
    for (sector, at, words) in faults {
        let (disk, table) = gpt();
        poke(&disk, sector, at, &[0xb9]);
        let found = read(&disk).unwrap();
        assert_eq!(found.entries, table.entries);
        let [Warning::Primary(fault)] = &found.warnings[..] else { panic!("{found:?}") };
        if at == 12 {
            assert_eq!(*fault, GptFault::HeaderChecksum);
        } else {
            assert_eq!(fault.to_string(), words);
        }
    }
}

#[test]
fn a_damaged_second_copy_is_a_warning() {
    let (disk, table) = gpt();
    poke(&disk, LAST, 60, &[0xff]);
    let found = read(&disk).unwrap();
    assert_eq!(found.entries, table.entries);
    assert_eq!(found.warnings, [Warning::Backup(GptFault::HeaderChecksum)]);
}

#[test]
fn two_damaged_copies_are_an_error_that_names_both_faults() {
    let (disk, _) = gpt();
    poke(&disk, 2, 0, &[0xff]);
    poke(&disk, LAST, 0, &[0xff]);
    let (primary, backup) = (GptFault::EntriesChecksum, GptFault::Signature);
    assert_eq!(read(&disk), Err(TableError::Gpt { primary, backup }));
}

#[test]
fn copies_that_differ_are_a_warning() {
    let (disk, table) = gpt();
    let backup = block_on(disk.read(LAST - 32, 33)).unwrap();
    divided(&disk, GPT, &[Some(8192)]);
    block_on(disk.write(LAST - 32, backup)).unwrap();
    let found = read(&disk).unwrap();
    assert_eq!(found.warnings, [Warning::Differ]);
    assert_eq!(found.entries, table.entries[..1]);
}

#[test]
fn a_header_may_not_say_what_a_right_checksum_covers_up() {
    let lies: [(usize, &[u8], GptFault); 8] = [
        (8, &[1], GptFault::Revision { revision: 0x0001_0001 }),
        (24, &[2], GptFault::Place),
        (40, &[0xff; 8], GptFault::Usable),
        (48, &[0xff; 8], GptFault::Usable),
        (72, &[0xff; 8], GptFault::EntriesPlace),
        (72, &[34], GptFault::EntriesPlace),
        (80, &[0, 0, 0, 0xff], GptFault::TooMany { count: 0xff00_0000 }),
        (84, &[0, 3], GptFault::EntrySize { size_bytes: 0x300 }),
    ];
    for (at, bytes, fault) in lies {
        let (disk, _) = gpt();
        poke(&disk, LAST, 0, &[0]);
        poke(&disk, 1, at, bytes);
        sign(&disk);
        let backup = GptFault::Signature;
        assert_eq!(read(&disk), Err(TableError::Gpt { primary: fault, backup }), "byte {at}");
    }
}

/// Puts the right checksum into the first header.
fn sign(disk: &RamDisk) {
    poke(disk, 1, 16, &[0; 4]);
    let header = block_on(disk.read(1, 1)).unwrap();
    poke(disk, 1, 16, &crc32fast::hash(&header[..92]).to_le_bytes());
}

/// Puts the right checksums into the first copy.
fn sign_entries(disk: &RamDisk) {
    let entries = block_on(disk.read(2, 32)).unwrap();
    poke(disk, 1, 88, &crc32fast::hash(&entries).to_le_bytes());
    sign(disk);
}

#[test]
fn entries_that_overlap_or_leave_the_usable_sectors_are_refused() {
    let (disk, _) = gpt();
    poke(&disk, LAST, 0, &[0]);
    let first = block_on(disk.read(2, 1)).unwrap();
    poke(&disk, 2, 128 + 32, &first[32..48]);
    sign_entries(&disk);
    let fault = EntryFault::Overlap { other: 1 };
    assert_eq!(read(&disk), Err(TableError::Entry { number: 2, fault }));
    for place in [[0; 8], [0xff; 8]] {
        poke(&disk, 2, 128 + 32, &place);
        sign_entries(&disk);
        let (primary, backup) = (GptFault::Entry { number: 2 }, GptFault::Signature);
        assert_eq!(read(&disk), Err(TableError::Gpt { primary, backup }));
    }
}

#[test]
fn an_mbr_entry_past_the_end_is_refused() {
    let disk = disk(512, 8 << 20);
    divided(&disk, MBR, &[Some(8192)]);
    poke(&disk, 0, 446 + 12, &[0xff; 4]);
    let fault = EntryFault::PastEnd { end: 8 + 0xffff_ffff, sector_count: 16384 };
    assert_eq!(read(&disk), Err(TableError::Entry { number: 1, fault }));
}

#[test]
fn a_chain_that_leads_in_a_circle_or_away_is_refused() {
    let disk = disk(512, 8 << 20);
    let table = divided(&disk, MBR, &[Some(4096); 6]);
    let links: Vec<u64> = table.entries[3..].iter().map(|entry| entry.first - 1).collect();
    let to = |sector: u64| u32::try_from(sector - links[0]).unwrap().to_le_bytes();
    let faults = [
        (&to(links[1])[..], ChainFault::Cycle, links[1]),
        (&to(links[0]), ChainFault::Cycle, links[0]),
        (&to(links[0] + 1), ChainFault::Mark, links[0] + 1),
        (&[0xff; 4], ChainFault::Outside, links[0] + 0xffff_ffff),
    ];
    for (bytes, fault, sector) in faults {
        poke(&disk, links[1], 462 + 8, bytes);
        assert_eq!(read(&disk), Err(TableError::Chain { sector, fault }));
    }
}

#[test]
fn a_chain_without_an_end_is_given_up() {
    let disk = disk(512, 8 << 20);
    divided(&disk, MBR, &[Some(4096)]);
    poke(&disk, 0, 462, &[0, 0, 0, 0, 5, 0, 0, 0, 100, 0, 0, 0, 0, 16, 0, 0]);
    for link in 0..1000_u32 {
        let next = (link + 1).to_le_bytes();
        poke(&disk, 100 + u64::from(link), 462, &[0, 0, 0, 0, 5, 0, 0, 0]);
        poke(&disk, 100 + u64::from(link), 470, &[next[0], next[1], 0, 0, 1, 0, 0, 0]);
        poke(&disk, 100 + u64::from(link), 510, &[0x55, 0xaa]);
    }
    let fault = ChainFault::TooLong;
    assert_eq!(read(&disk), Err(TableError::Chain { sector: 356, fault }));
}

#[test]
fn what_is_no_table_is_none() {
    let empty = disk(512, 0);
    assert_eq!(read(&empty), Err(TableError::None));
    let disk = disk(512, 8 << 20);
    assert_eq!(read(&disk), Err(TableError::None));
    // A FAT without a table around it.
    poke(&disk, 0, 0, &[0xeb, 0x3c, 0x90]);
    poke(&disk, 0, 11, &[0, 2, 1, 1, 0, 2]);
    poke(&disk, 0, 510, &[0x55, 0xaa]);
    assert_eq!(read(&disk), Err(TableError::None));
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic_or_leave_the_disk(
        is_gpt: bool,
        has_right_checksums: bool,
        changes in prop::collection::vec((0..40_u64, 0..512_usize, any::<u8>()), 1..12),
    ) {
        let disk = disk(512, 8 << 20);
        let scheme = if is_gpt { GPT } else { MBR };
        divided(&disk, scheme, &[Some(4096); 6]);
        for (sector, at, byte) in changes {
            poke(&disk, sector, at, &[byte]);
        }
        if is_gpt && has_right_checksums {
            poke(&disk, LAST, 0, &[0]);
            sign_entries(&disk);
        }
        if let Ok(table) = read(&disk) {
            for entry in &table.entries {
                prop_assert!(Partition::new(&disk, entry.first, entry.count).is_ok());
            }
        }
    }

    #[test]
    fn random_slots_are_read_or_refused(slots in prop::collection::vec(any::<u8>(), 64)) {
        let disk = disk(512, 64 << 10);
        poke(&disk, 0, 446, &slots);
        for index in 0..4 {
            poke(&disk, 0, 446 + index * 16, &[0]);
        }
        poke(&disk, 0, 510, &[0x55, 0xaa]);
        let _ = read(&disk);
    }
}
