//! Symbolic links.

use sarab_device::{EntryKind, ErrorKind};
use sarab_treefs::Kind;

use super::{names::kind, *};

/// A file system with `d/e/file` in it.
async fn with_file() -> (Disk, Files) {
    let disk = disk(16 << 20);
    let fs = format(&disk).await;
    fs.create_folder("d").await.unwrap();
    fs.create_folder("d/e").await.unwrap();
    write(&fs, "d/e/file", b"text").await;
    (disk, fs)
}

#[test]
fn a_link_leads_to_what_it_stands_for() {
    block_on(async {
        let (disk, fs) = with_file().await;
        for (number, (target, place, path)) in [
            ("d/e/file", "", ""),
            ("e/file", "d/", ""),
            ("../d/./e/file", "d/", ""),
            ("/d/e/file", "d/e/", ""),
            ("../../../../d/e/file", "d/e/", ""),
            ("d/e", "", "/file"),
            ("d//e/", "", "/file"),
            ("..", "d/e/", "/e/file"),
            (".", "d/e/", "/file"),
        ]
        .into_iter()
        .enumerate()
        {
            let link = format!("{place}{number}");
            fs.symlink(target, &link).await.unwrap();
            assert_eq!(fs.read_link(&link).await.unwrap().as_deref(), Some(target));
            let through = format!("{link}{path}");
            assert_eq!(&read(&fs, &through).await[..], b"text", "{target}");
        }
        fs.sync().await.unwrap();
        drop(fs);
        let fs = mount(&disk).await;
        assert_eq!(&read(&fs, "5/file").await[..], b"text");
        assert_eq!(fs.list("5").await.unwrap().len(), 5, "a listing follows as well");
    });
}

#[test]
fn a_link_is_told_from_what_it_stands_for() {
    block_on(async {
        let (_, fs) = with_file().await;
        fs.symlink("d/e/file", "link").await.unwrap();
        let (link, file) = (fs.symlink_stat("link").await, fs.stat("link").await);
        let (link, file) = (link.unwrap().unwrap(), file.unwrap().unwrap());
        assert_eq!((link.kind, link.size_bytes, link.mode), (Kind::Link, 8, 0o777));
        assert_eq!((file.kind, file.size_bytes), (Kind::File, 4));
        assert_eq!(fs.symlink_stat("d").await, fs.stat("d").await);
        assert_eq!(fs.read_link("d/e/file").await, Ok(None));
        assert_eq!(fs.read_link("absent").await, Ok(None));
        let kinds: Vec<_> =
            fs.list("").await.unwrap().into_iter().map(|entry| (entry.name, entry.kind)).collect();
        let expected = [("d".into(), EntryKind::Folder), ("link".into(), EntryKind::Link)];
        assert_eq!(kinds, expected);
    });
}

#[test]
fn what_is_done_to_a_link_is_not_done_to_what_it_stands_for() {
    block_on(async {
        let (_, fs) = with_file().await;
        fs.symlink("d/e/file", "link").await.unwrap();
        fs.symlink("d", "folder").await.unwrap();
        fs.link("link", "second").await.unwrap();
        assert_eq!(fs.read_link("second").await.unwrap().as_deref(), Some("d/e/file"));
        fs.rename("link", "moved").await.unwrap();
        fs.remove("second").await.unwrap();
        assert_eq!(&read(&fs, "moved").await[..], b"text");
        write(&fs, "new", b"new").await;
        fs.rename("new", "moved").await.unwrap();
        fs.remove("folder").await.unwrap();
        assert_eq!(&read(&fs, "moved").await[..], b"new");
        assert_eq!(&read(&fs, "d/e/file").await[..], b"text");
    });
}

#[test]
fn a_file_is_made_where_a_link_leads() {
    block_on(async {
        let (_, fs) = with_file().await;
        fs.symlink("e/new", "d/link").await.unwrap();
        assert_eq!(kind(fs.open("d/link", Open::Read).await), ErrorKind::NotFound);
        assert_eq!(fs.metadata("d/link").await, Ok(None));
        for how in [Open::New, Open::Existing] {
            let expected =
                if how == Open::New { ErrorKind::AlreadyExists } else { ErrorKind::NotFound };
            assert_eq!(kind(fs.open("d/link", how).await), expected);
        }
        assert_eq!(kind(fs.create_folder("d/link").await), ErrorKind::AlreadyExists);
        assert_eq!(kind(fs.symlink("x", "d/link").await), ErrorKind::AlreadyExists);
        write(&fs, "d/link", b"made").await;
        assert_eq!(&read(&fs, "d/e/new").await[..], b"made");
        fs.symlink("absent/new", "astray").await.unwrap();
        assert_eq!(kind(fs.open("astray", Open::Create).await), ErrorKind::NotFound);
    });
}

#[test]
fn links_in_a_circle_end() {
    block_on(async {
        let (_, fs) = with_file().await;
        fs.symlink("b", "a").await.unwrap();
        fs.symlink("a", "b").await.unwrap();
        fs.symlink("self/self", "self").await.unwrap();
        for path in ["a", "b", "a/x", "self"] {
            assert_eq!(kind(fs.open(path, Open::Create).await), ErrorKind::InvalidInput);
            assert_eq!(kind(fs.stat(path).await), ErrorKind::InvalidInput);
        }
        fs.remove("a").await.unwrap();
        assert_eq!(kind(fs.open("b", Open::Read).await), ErrorKind::NotFound);
    });
}

#[test]
fn a_folder_is_not_moved_into_itself_by_a_detour() {
    block_on(async {
        let (_, fs) = with_file().await;
        fs.symlink("d/e", "detour").await.unwrap();
        assert_eq!(kind(fs.rename("d", "detour/d").await), ErrorKind::InvalidInput);
        fs.rename("d/e/file", "detour/file").await.unwrap();
        assert_eq!(&read(&fs, "d/e/file").await[..], b"text", "it was there already");
        fs.rename("d/e", "detour").await.unwrap_err();
        fs.symlink("d", "inside").await.unwrap();
        fs.rename("inside", "inside/moved").await.unwrap();
        assert_eq!(fs.read_link("d/moved").await.unwrap().as_deref(), Some("d"));
        fs.rename("detour/file", "file").await.unwrap();
        assert_eq!(&read(&fs, "file").await[..], b"text");
    });
}

/// Puts a record of the file system into its store, whatever it says.
async fn forge(fs: &Files, key: &[u8], value: &[u8]) {
    let mut transaction = fs.tree().write().await.unwrap();
    let files = transaction.keyspace("files").await.unwrap();
    transaction.put(files, key, value).await.unwrap();
    transaction.commit().await.unwrap();
}

#[test]
fn records_that_lead_nowhere_are_damage() {
    block_on(async {
        let (_, fs) = with_file().await;
        let entry = [&[2, 0, 0, 0, 0, 0, 0, 0, 1][..], b"astray"].concat();
        forge(&fs, &entry, &[99, 0, 0, 0, 0, 0, 0, 0, 1]).await;
        for how in [Open::Read, Open::Create] {
            assert_eq!(kind(fs.open("astray", how).await), ErrorKind::Corrupt);
        }
        fs.symlink("d", "link").await.unwrap();
        let inode = fs.symlink_stat("link").await.unwrap().unwrap().inode;
        let target = [&[3][..], &inode.to_be_bytes(), &[0; 8]].concat();
        for forged in [&b"a\0b"[..], &[b'a'; 1025], b"\xff", b""] {
            forge(&fs, &target, forged).await;
            assert_eq!(kind(fs.open("link", Open::Create).await), ErrorKind::Corrupt);
        }
    });
}

#[test]
fn a_target_has_1024_bytes_and_no_more() {
    block_on(async {
        let (_, fs) = with_file().await;
        let longest = format!("d/e/{}file", "/".repeat(1016));
        fs.symlink(&longest, "link").await.unwrap();
        assert_eq!(&read(&fs, "link").await[..], b"text");
        for target in ["", "a\0b", &format!("{longest}/")] {
            assert_eq!(kind(fs.symlink(target, "other").await), ErrorKind::InvalidInput);
        }
        assert_eq!(kind(fs.open("d/e/file/x", Open::Create).await), ErrorKind::NotFound);
        assert_eq!(kind(fs.open("link/x", Open::Create).await), ErrorKind::NotFound);
    });
}
