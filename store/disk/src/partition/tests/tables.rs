//! Tables that are written and read again.

use super::*;

#[test]
fn a_table_is_read_as_it_was_written() {
    for sector_bytes in [512, 4096] {
        for scheme in [GPT, MBR] {
            for sizes in [&[][..], &[None], &[Some(8192), Some(1 << 20), None]] {
                let disk = disk(sector_bytes, 64 << 20);
                let table = divided(&disk, scheme, sizes);
                assert_eq!(read(&disk), Ok(table));
            }
        }
    }
}

#[test]
fn more_than_four_partitions_of_an_mbr_are_logical_ones() {
    let disk = disk(512, 64 << 20);
    let table = divided(&disk, MBR, &[Some(4096); 9]);
    let numbers: Vec<_> = table.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [1, 2, 3, 5, 6, 7, 8, 9, 10]);
    assert_eq!(read(&disk), Ok(table));
}

#[test]
fn partitions_begin_at_whole_mebibytes() {
    let disk = disk(512, 64 << 20);
    let table = divided(&disk, GPT, &[Some(1000), Some(3 << 20), None]);
    let places: Vec<_> = table.entries.iter().map(|entry| (entry.first, entry.count)).collect();
    assert_eq!(places, [(2048, 2), (4096, 6144), (10240, 131_072 - 10240 - 33)]);
}

#[test]
fn a_name_may_have_any_character() {
    let disk = disk(512, 8 << 20);
    let mut table = divided(&disk, GPT, &[None]);
    table.entries[0].name = "\u{633}\u{631} \u{1f42a}".into();
    block_on(table.write(&disk)).unwrap();
    assert_eq!(read(&disk), Ok(table));
}

#[test]
fn code_that_boots_is_kept() {
    for scheme in [MBR, GPT] {
        let disk = disk(512, 8 << 20);
        divided(&disk, MBR, &[None]);
        poke(&disk, 0, 0, &[0xeb, 0x63, 0x90, 9, 9, 9]);
        divided(&disk, scheme, &[Some(4096)]);
        let sector = block_on(disk.read(0, 1)).unwrap();
        assert_eq!(sector[..6], [0xeb, 0x63, 0x90, 9, 9, 9]);
    }
}

#[test]
fn a_table_that_cannot_be_is_not_written() {
    let disk = disk(512, 8 << 20);
    let sound = divided(&disk, GPT, &[Some(4096), Some(4096)]);
    let wrong = |change: &dyn Fn(&mut Table)| {
        let mut table = sound.clone();
        change(&mut table);
        let error = block_on(table.write(&disk)).unwrap_err().to_string();
        assert_eq!(read(&disk), Ok(sound.clone()));
        error
    };
    let overlap = wrong(&|table| table.entries[1].first = table.entries[0].first);
    assert_eq!(overlap, "partition 2 overlaps partition 1");
    let past = wrong(&|table| table.entries[1].count = 1 << 20);
    assert!(past.starts_with("partition 2 ends at sector"), "{past}");
    let kind = wrong(&|table| table.entries[1].kind = Type::Mbr(7));
    assert_eq!(kind, "partition 2 has a type of another format of table");
    let on_table = wrong(&|table| table.entries[0].first = 3);
    assert!(on_table.starts_with("partition 1 is not within sectors 34 to"), "{on_table}");
    let number = wrong(&|table| table.entries[0].number = 129);
    assert_eq!(number, "partition 129 cannot have that number");
}

#[test]
fn what_does_not_fit_is_not_planned() {
    let geometry = disk(512, 8 << 20).geometry();
    let plan = |sizes: &[_]| Table::plan(GPT, geometry, &new(GPT, sizes)).unwrap_err();
    assert_eq!(plan(&[None, Some(1)]), PlanError::RestNotLast);
    assert!(matches!(plan(&[Some(9 << 20)]), PlanError::NoRoom { number: 1, .. }));
    assert!(matches!(plan(&[Some(u64::MAX)]), PlanError::NoRoom { number: 1, .. }));
    assert!(matches!(plan(&[Some(7 << 20), Some(2 << 20)]), PlanError::NoRoom { number: 2, .. }));
    let tiny = disk(512, 67 * 512).geometry();
    assert_eq!(Table::plan(GPT, tiny, &[]), Err(PlanError::TooSmall));
    assert_eq!(
        block_on(
            Table { scheme: GPT, entries: Vec::new(), warnings: Vec::new() }
                .write(&disk(512, 67 * 512))
        ),
        Err(TableError::TooSmall)
    );
}

#[test]
fn a_gpt_that_is_written_anew_leaves_a_hybrid_and_the_signature() {
    let disk = disk(512, 8 << 20);
    let table = divided(&disk, GPT, &[Some(1 << 20), None]);
    let (first, count) = (table.entries[0].first, table.entries[0].count);
    let narrow = |sectors: u64| u32::try_from(sectors).unwrap().to_le_bytes();
    poke(&disk, 0, 440, &[1, 2, 3, 4]);
    poke(&disk, 0, 446 + 16 + 4, &[0x83]);
    poke(&disk, 0, 446 + 16 + 8, &narrow(first));
    poke(&disk, 0, 446 + 16 + 12, &narrow(count));
    let hybrid = block_on(disk.read(0, 1)).unwrap();
    block_on(table.write(&disk)).unwrap();
    assert_eq!(block_on(disk.read(0, 1)).unwrap(), hybrid);
    poke(&disk, 0, 446 + 16 + 12, &narrow(count - 1));
    block_on(table.write(&disk)).unwrap();
    let sector = block_on(disk.read(0, 1)).unwrap();
    assert_eq!(sector[440..444], [1, 2, 3, 4]);
    assert_eq!(sector[446 + 16..446 + 32], [0; 16], "a slot that names no partition");
    assert_eq!(read(&disk).unwrap(), table);
}
