//! Files that are open while their names go.

use embassy_futures::join::join;

use super::*;

#[test]
fn a_removed_file_is_whole_until_the_last_is_done() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        write(&fs, "f", &vec![7; 100_000]).await;
        let (one, two) = (fs.open("f", Open::Read).await, fs.open("f", Open::Existing).await);
        let (one, two) = (one.unwrap(), two.unwrap());
        fs.remove("f").await.unwrap();
        write(&fs, "f", b"another").await;
        two.write_at(100_000, Bytes::from_static(b"more")).await.unwrap();
        fs.sync().await.unwrap();
        drop(two);
        fs.sync().await.unwrap();
        assert_eq!(one.read_at(0, usize::MAX).await.unwrap().len(), 100_004);
        assert_eq!(&read(&fs, "f").await[..], b"another");
    });
}

#[test]
fn a_replaced_file_is_whole_until_the_last_is_done() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        write(&fs, "old", b"old").await;
        write(&fs, "new", b"new").await;
        let open = fs.open("old", Open::Read).await.unwrap();
        fs.rename("new", "old").await.unwrap();
        assert_eq!(&open.read_at(0, 9).await.unwrap()[..], b"old");
        assert_eq!(&read(&fs, "old").await[..], b"new");
    });
}

#[test]
fn the_room_of_a_removed_file_comes_back_when_the_last_is_done() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        for _ in 0..20 {
            write(&fs, "f", &vec![7; 3 << 20]).await;
            let open = fs.open("f", Open::Read).await.unwrap();
            fs.remove("f").await.unwrap();
            drop(open);
            for _ in 0..3 {
                fs.tree().checkpoint().await.unwrap();
                fs.sync().await.unwrap();
            }
        }
    });
}

#[test]
fn files_that_a_crash_has_left_without_a_name_are_gone_after_it() {
    block_on(async {
        let disk = disk(16 << 20);
        for _ in 0..20 {
            let fs =
                if disk_is_blank(&disk).await { format(&disk).await } else { mount(&disk).await };
            write(&fs, "f", &vec![7; 3 << 20]).await;
            let open = fs.open("f", Open::Read).await.unwrap();
            fs.remove("f").await.unwrap();
            fs.sync().await.unwrap();
            std::mem::forget((open, fs)); // nobody closes anything in a crash
        }
        assert!(mount(&disk).await.list("").await.unwrap().is_empty());
    });
}

async fn disk_is_blank(disk: &Disk) -> bool {
    Tree::mount(Rc::clone(disk), Options::default()).await.is_err()
}

#[test]
fn opening_and_removing_at_once_finds_all_of_it_or_nothing() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        for steps in 0..40 {
            write(&fs, "f", b"text").await;
            let opening = async {
                for _ in 0..steps {
                    embassy_futures::yield_now().await;
                }
                match fs.open("f", Open::Read).await {
                    Ok(open) => Some(open.read_at(0, 9).await.unwrap()),
                    Err(_) => None,
                }
            };
            let (read, removed) = join(opening, fs.remove("f")).await;
            removed.unwrap();
            assert!(read.is_none_or(|data| &data[..] == b"text"));
        }
    });
}
