//! Sparse files, and disks that are full.

use sarab_treefs::FsError;

use super::*;

async fn used(fs: &Files) -> u64 {
    fs.tree().checkpoint().await.unwrap();
    fs.tree().space().used_bytes
}

#[test]
fn a_hole_reads_as_zeroes_and_costs_nothing() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        let before = used(&fs).await;
        let file = fs.open("f", Open::New).await.unwrap();
        let far = 1 << 50;
        file.write_at(far, Bytes::from_static(b"end")).await.unwrap();
        assert_eq!(file.size_bytes().await.unwrap(), far + 3);
        let read = file.read_at(far - 50_000, 60_000).await.unwrap();
        assert_eq!(read.len(), 50_003);
        assert!(read[..50_000].iter().all(|byte| *byte == 0) && &read[50_000..] == b"end");
        assert!(used(&fs).await - before <= 64 << 10);
    });
}

#[test]
fn zeroes_that_are_written_give_their_room_back() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        let file = fs.open("f", Open::New).await.unwrap();
        let before = used(&fs).await;
        file.write_at(0, vec![7; 4 << 20].into()).await.unwrap();
        file.sync().await.unwrap();
        assert!(used(&fs).await - before >= 4 << 20);
        file.write_at(0, vec![0; 4 << 20].into()).await.unwrap();
        for _ in 0..4 {
            used(&fs).await; // what was freed may be kept for some checkpoints
        }
        assert!(used(&fs).await - before <= 256 << 10);
        assert_eq!(file.size_bytes().await.unwrap(), 4 << 20);
        let read = file.read_at(1 << 20, 100_000).await.unwrap();
        assert!(read.len() == 100_000 && read.iter().all(|byte| *byte == 0));
    });
}

#[test]
fn what_was_cut_off_does_not_come_back() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        let file = fs.open("f", Open::New).await.unwrap();
        file.write_at(0, vec![7; 50_000].into()).await.unwrap();
        for cut in [49_999, 32_768, 20_000, 16_384, 100, 0] {
            file.set_size(cut).await.unwrap();
            file.set_size(50_000).await.unwrap();
            let cut = usize::try_from(cut).unwrap();
            let read = file.read_at(0, 60_000).await.unwrap();
            assert_eq!(read.len(), 50_000);
            let (kept, new) = read.split_at(cut);
            assert!(kept.iter().all(|byte| *byte == 7), "cut at {cut}");
            assert!(new.iter().all(|byte| *byte == 0), "cut at {cut}");
        }
    });
}

#[test]
fn a_long_write_is_whole() {
    block_on(async {
        let disk = disk(64 << 20);
        let fs = format(&disk).await;
        let data: Vec<u8> =
            (0..9_000_001_u32).map(|at| at.wrapping_mul(0x9e37_79b9).to_be_bytes()[0]).collect();
        let file = fs.open("f", Open::New).await.unwrap();
        file.write_at(12_345, data.clone().into()).await.unwrap();
        file.sync().await.unwrap();
        drop((file, fs));
        let read = read(&mount(&disk).await, "f").await;
        assert!(read[12_345..] == data[..], "it differs");
    });
}

#[test]
fn a_full_disk_can_be_emptied_and_filled_again() {
    block_on(async {
        let disk = disk(4 << 20);
        let fs = format(&disk).await;
        let mut counts = Vec::new();
        for _ in 0..3 {
            let mut count = 0;
            while fill(&fs, &format!("f{count}")).await {
                count += 1;
            }
            counts.push(count);
            let names = Fs::list(&fs, "").await.unwrap();
            for name in names {
                fs.remove(&name.name).await.unwrap();
            }
        }
        assert!(counts[0] > 100 && counts[2] * 10 >= counts[0] * 9, "{counts:?}");
        fs.sync().await.unwrap();
        drop(fs);
        assert!(Fs::list(&mount(&disk).await, "").await.unwrap().is_empty());
    });
}

#[test]
fn on_a_full_disk_files_become_shorter_and_lose_names_while_they_are_open() {
    block_on(async {
        let fs = format(&disk(4 << 20)).await;
        for name in ["open", "linked", "long"] {
            assert!(fill(&fs, name).await);
        }
        fs.link("linked", "second").await.unwrap();
        let open = fs.open("open", Open::Read).await.unwrap();
        let long = fs.open("long", Open::Existing).await.unwrap();
        let full = fs.open("full", Open::New).await.unwrap();
        let mut count = 0;
        while full.write_at(count * 16_384, vec![7; 10_000].into()).await.is_ok() {
            count += 1;
        }
        while full.write_at(count * 16_384, vec![7].into()).await.is_ok() {
            count += 1;
        }
        long.set_size(5).await.unwrap();
        fs.remove("open").await.unwrap();
        fs.remove("linked").await.unwrap();
        assert_eq!(open.read_at(9_999, 2).await.unwrap()[..], [7]);
        assert_eq!(read(&fs, "second").await.len(), 10_000);
        assert_eq!(read(&fs, "long").await[..], [7; 5]);
    });
}

/// Writes a file of 10 kB, and returns whether there was room for it.
async fn fill(fs: &Files, path: &str) -> bool {
    let file = match fs.open(path, Open::New).await {
        Err(FsError::NoSpace) => return false,
        file => file.unwrap(),
    };
    match file.write_at(0, vec![7; 10_000].into()).await {
        Err(FsError::NoSpace) => false,
        written => written.map(|()| true).unwrap(),
    }
}
