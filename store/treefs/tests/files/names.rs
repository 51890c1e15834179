//! Hard links, renames, times, modes.

use sarab_device::ErrorKind;
use sarab_treefs::{Kind, Stat};

use super::*;

async fn stat(fs: &Files, path: &str) -> Stat {
    fs.stat(path).await.unwrap().unwrap()
}

pub(crate) fn kind<T: std::fmt::Debug, E: sarab_device::Error>(result: Result<T, E>) -> ErrorKind {
    sarab_device::Error::kind(&result.unwrap_err())
}

#[test]
fn a_link_is_a_second_name_of_the_same_file() {
    block_on(async {
        let disk = disk(16 << 20);
        let fs = format(&disk).await;
        write(&fs, "one", b"text").await;
        fs.create_folder("d").await.unwrap();
        fs.link("one", "d/two").await.unwrap();
        assert_eq!(stat(&fs, "one").await, stat(&fs, "d/two").await);
        assert_eq!(stat(&fs, "one").await.links, 2);
        fs.remove("one").await.unwrap();
        fs.sync().await.unwrap();
        drop(fs);
        let fs = mount(&disk).await;
        assert_eq!(&read(&fs, "d/two").await[..], b"text");
        assert_eq!(stat(&fs, "d/two").await.links, 1);
    });
}

#[test]
fn what_cannot_be_linked_is_refused() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        write(&fs, "one", b"text").await;
        fs.create_folder("d").await.unwrap();
        assert_eq!(kind(fs.link("absent", "two").await), ErrorKind::NotFound);
        assert_eq!(kind(fs.link("d", "two").await), ErrorKind::InvalidInput);
        assert_eq!(kind(fs.link("one", "d").await), ErrorKind::AlreadyExists);
        assert_eq!(kind(fs.link("one", "absent/two").await), ErrorKind::NotFound);
        assert_eq!(stat(&fs, "one").await.links, 1);
    });
}

#[test]
fn a_name_moved_onto_another_of_its_file_leaves_one() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        write(&fs, "one", b"text").await;
        fs.link("one", "two").await.unwrap();
        fs.rename("one", "two").await.unwrap();
        assert_eq!(stat(&fs, "two").await.links, 1);
        assert_eq!(&read(&fs, "two").await[..], b"text");
        assert_eq!(fs.list("").await.unwrap().len(), 1);
    });
}

#[test]
fn a_replaced_file_with_another_name_stays_under_it() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        write(&fs, "old", b"old").await;
        fs.link("old", "kept").await.unwrap();
        write(&fs, "new", b"new").await;
        fs.rename("new", "old").await.unwrap();
        assert_eq!(&read(&fs, "old").await[..], b"new");
        assert_eq!(&read(&fs, "kept").await[..], b"old");
    });
}

#[test]
fn times_tell_what_has_changed() {
    block_on(async {
        let disk = disk(16 << 20);
        let fs = format(&disk).await;
        fs.create_folder("d").await.unwrap();
        let before = stat(&fs, "d").await;
        write(&fs, "d/f", b"text").await;
        let (folder, file) = (stat(&fs, "d").await, stat(&fs, "d/f").await);
        assert!(folder.modified > before.modified && folder.made == before.made);
        assert!(file.modified > file.made);
        fs.set_mode("d/f", 0o17_600).await.unwrap();
        let moded = stat(&fs, "d/f").await;
        assert!(moded.changed > file.changed && moded.modified == file.modified);
        assert_eq!((moded.mode, moded.kind), (0o7600, Kind::File));
        let then = WallTime::new(Duration::new(5, 7));
        fs.set_modified("d/f", then).await.unwrap();
        fs.sync().await.unwrap();
        drop(fs);
        assert_eq!(stat(&mount(&disk).await, "d/f").await.modified, Some(then));
    });
}

#[test]
fn a_name_has_255_bytes_and_no_more() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        let (longest, longer) = ("n".repeat(255), "n".repeat(256));
        write(&fs, &longest, b"text").await;
        assert_eq!(&read(&fs, &longest).await[..], b"text");
        assert_eq!(kind(fs.open(&longer, Open::New).await), ErrorKind::InvalidInput);
        assert_eq!(kind(fs.rename(&longest, &longer).await), ErrorKind::InvalidInput);
        assert_eq!(kind(fs.open(&longer, Open::Read).await), ErrorKind::NotFound);
        assert!(fs.stat(&longest).await.unwrap().is_some());
    });
}
