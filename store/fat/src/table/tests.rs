//! The table in memory, without a disk.

use alloc::{vec, vec::Vec};

use super::*;
use crate::boot::Root;

fn layout(width: Width, cluster_count: u32) -> Layout {
    Layout {
        width,
        sector_bytes: 512,
        disk_sectors: 1,
        cluster_sectors: 1,
        cluster_count,
        table_start: 1,
        table_sectors: 200,
        table_count: 2,
        only_table: None,
        root: Root::Fixed { start: 401, sectors: 32 },
        data_start: 433,
        info_sector: None,
        backup_sector: None,
        serial: 0,
    }
}

/// A table that is all zeroes, in memory as a whole.
fn table(width: Width, cluster_count: u32) -> Table {
    let mut table = Table::new(&layout(width, cluster_count));
    for chunk in 0..u32::try_from(table.free_counts.len()).unwrap() {
        let (_, sectors) = table.place(chunk);
        table.put_chunk(chunk, &vec![0; sectors as usize * 512]).unwrap();
    }
    table
}

fn allocate(table: &mut Table, count: u32) -> Option<Vec<Run>> {
    let mut search = table.search(count, None);
    match table.look(&mut search) {
        Step::Done => {
            table.take(&search.found);
            Some(search.found)
        }
        _ => None,
    }
}

const WIDTHS: [(Width, u32); 3] =
    [(Width::Fat12, 3000), (Width::Fat16, 30_000), (Width::Fat32, 20_000)];

#[test]
fn entries_do_not_touch_their_neighbours() {
    for (width, clusters) in WIDTHS {
        let mut table = table(width, clusters);
        for cluster in 2..clusters {
            table.set(cluster, cluster ^ 0xa5);
        }
        for cluster in 2..clusters {
            assert_eq!(table.get(cluster), Some(link(width, cluster ^ 0xa5)), "{width} {cluster}");
        }
    }
}

#[test]
fn the_upper_bits_of_fat32_stay() {
    let mut table = table(Width::Fat32, 100);
    table.chunks.get_mut(&0).unwrap().bytes[4 * 7 + 3] = 0xf0;
    table.set(7, u32::MAX);
    assert_eq!(table.chunks[&0].bytes[28..32], [0xff; 4]);
    table.set(7, 0);
    assert_eq!(table.chunks[&0].bytes[28..32], [0, 0, 0, 0xf0]);
    assert_eq!(table.get(7), Some(Link::Free));
}

#[test]
fn every_cluster_is_taken_once_and_then_there_are_no_more() {
    for (width, clusters) in WIDTHS {
        let mut table = table(width, clusters);
        assert_eq!(table.count_free(), None);
        let mut taken = 0;
        while let Some(runs) = allocate(&mut table, 7) {
            taken += runs.iter().map(|run| run.count).sum::<u32>();
        }
        let usable = table.usable(2, table.end);
        assert_eq!(clusters - usable, if width == Width::Fat12 { 6 } else { 0 });
        assert_eq!(taken, usable / 7 * 7);
        assert_eq!(table.free().0, Some(usable % 7));
        assert_eq!(table.give_back(Run { first: 9, count: 7 }), None);
        assert_eq!(table.free().0, Some(usable % 7 + 7));
        assert!(allocate(&mut table, 7).is_some(), "{width}");
    }
}

#[test]
fn a_chain_on_the_disk_is_changed_only_when_its_turn_comes() {
    let mut table = table(Width::Fat16, 100);
    let old = allocate(&mut table, 2).unwrap()[0];
    table.settle();
    table.written();
    let new = allocate(&mut table, 1).unwrap()[0];
    let tail = old.end() - 1;
    assert!(table.append(tail, new.first));
    assert_eq!(table.get(tail), Some(Link::Next(new.first)));
    assert_eq!(link(Width::Fat16, table.chunks[&0].get(Width::Fat16, tail)), Link::End);
    table.make_links();
    assert_eq!(table.chunks[&0].get(Width::Fat16, tail), new.first);
    table.settle();
    assert!(table.cut(old.first), "the chain on the disk leads on");
    assert!(!table.append(old.first, new.first), "that must wait for the cut");
    assert_eq!(table.get(old.first), Some(Link::End));
    assert_eq!(table.chunks[&0].get(Width::Fat16, old.first), tail);
    table.make_cuts();
    assert!(table.append(old.first, new.first));
}

#[test]
fn only_sectors_that_changed_are_written() {
    let mut table = table(Width::Fat32, 20_000);
    table.set(2, 5);
    table.set(127, 5);
    table.set(128, 5);
    table.set(19_999, 5);
    let writes: Vec<_> = table.writes().iter().map(|(at, bytes)| (*at, bytes.len())).collect();
    assert_eq!(writes, [(0, 1024), (156, 512)]);
    table.written();
    assert!(table.writes().is_empty());
}
