//! Folders: promises, and that nothing outside is reached.

use std::{fs, os::unix::fs::symlink};

use sarab_device::{Error, ErrorKind, File, Fs, Kv, KvRead, Open, check};
use tempfile::TempDir;

use super::*;
use crate::device::file;
use crate::device::testing::on_a_machine;

fn folder() -> (TempDir, Directory) {
    let host = TempDir::new().expect("a folder");
    let directory = Directory::open_path("pages", host.path()).expect("it opens");
    (host, directory)
}

fn names(entries: Vec<sarab_device::Entry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn it_keeps_the_promises_of_a_store() {
    let (_host, directory) = folder();
    on_a_machine(async || check::kv(&directory).await);
}

#[test]
fn it_keeps_the_promises_of_a_file_system() {
    let (_host, directory) = folder();
    on_a_machine(async || check::fs(&directory).await);
}

#[test]
fn values_of_all_sizes_come_back() {
    let (host, directory) = folder();
    on_a_machine(async || {
        for size in [0, 1, 4096, file::AT_ONCE_BYTES_MAX, file::AT_ONCE_BYTES_MAX + 1, 3 << 20] {
            let value: Vec<u8> = (0..=250).cycle().take(size).collect();
            fs::write(host.path().join("value"), &value).expect("room for it");
            assert!(directory.get("value").await?.is_some_and(|got| got == value), "{size}");
            let part = directory.get_range("value", 1..9).await?;
            assert!(part.is_some_and(|got| got == value[1.min(size)..9.min(size)]), "{size}");
        }
        Ok::<_, FolderError>(())
    });
}

#[test]
fn nothing_outside_can_be_reached() {
    let (host, directory) = folder();
    let outside = TempDir::new().expect("a folder");
    fs::write(outside.path().join("secret"), "x").expect("room for it");
    symlink(outside.path().join("secret"), host.path().join("file")).expect("a link");
    symlink(outside.path(), host.path().join("folder")).expect("a link");
    symlink("..", host.path().join("up")).expect("a link");
    symlink("/proc/self/root", host.path().join("magic")).expect("a link");
    on_a_machine(async || {
        for key in ["file", "folder/secret", "up/x", "magic/etc/passwd"] {
            let error = directory.get(key).await.expect_err("it leads out");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key}: {error}");
            let words = format!("cannot read `{key}`: it leads out of folder `pages`");
            assert_eq!(error.to_string(), words);
            let opened = Fs::open(&directory, key, Open::Create).await;
            assert!(opened.is_err(), "{key}");
        }
        for key in ["../secret", "folder/../../secret", "/../x", ".."] {
            assert_eq!(directory.get(key).await?, None);
            assert!(directory.set(key, "y".into()).await.is_err(), "{key}");
        }
        for key in ["folder/new", "folder/a/b", "up/new", "folder/secret"] {
            assert!(directory.set(key, "y".into()).await.is_err(), "{key}");
            assert!(Kv::remove(&directory, key).await.is_err(), "{key}");
            assert!(directory.create_folder(key).await.is_err(), "{key}");
            assert!(directory.rename("file", key).await.is_err(), "{key}");
        }
        assert!(names(KvRead::list(&directory, "").await?).is_empty());
        assert!(KvRead::list(&directory, "folder").await.is_err());
        Ok::<_, FolderError>(())
    });
    assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 1);
    assert_eq!(fs::read(outside.path().join("secret")).expect("a file"), b"x");
}

#[test]
fn removing_follows_no_link() {
    let (host, directory) = folder();
    let outside = TempDir::new().expect("a folder");
    fs::write(outside.path().join("kept"), "x").expect("room for it");
    fs::create_dir_all(host.path().join("a/b")).expect("room for it");
    symlink(outside.path(), host.path().join("a/b/link")).expect("a link");
    on_a_machine(async || Kv::remove(&directory, "a").await);
    assert!(!host.path().join("a").exists());
    assert!(outside.path().join("kept").exists());
}

#[test]
fn links_within_are_followed() {
    let (host, directory) = folder();
    fs::create_dir(host.path().join("a")).expect("room for it");
    fs::write(host.path().join("a/value"), "x").expect("room for it");
    symlink("a/value", host.path().join("short")).expect("a link");
    symlink("../a", host.path().join("a/again")).expect("a link");
    on_a_machine(async || {
        assert_eq!(directory.get("short").await?.as_deref(), Some(&b"x"[..]));
        assert_eq!(directory.get("a/again/value").await?.as_deref(), Some(&b"x"[..]));
        assert_eq!(names(KvRead::list(&directory, "").await?), ["a", "short"]);
        Ok::<_, FolderError>(())
    });
}

#[test]
fn what_is_no_file_is_not_there() {
    let (host, directory) = folder();
    let _listener =
        std::os::unix::net::UnixListener::bind(host.path().join("socket")).expect("a socket");
    let fifo = host.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .expect("a fifo");
    on_a_machine(async || {
        assert_eq!(directory.get("socket").await?, None);
        assert_eq!(directory.get("fifo").await?, None);
        assert_eq!(KvRead::metadata(&directory, "fifo").await?, None);
        assert!(names(KvRead::list(&directory, "").await?).is_empty());
        Ok::<_, FolderError>(())
    });
}

#[test]
fn a_set_that_a_crash_cut_short_is_not_seen() {
    let (host, directory) = folder();
    fs::write(host.path().join("value"), "old").expect("room for it");
    fs::write(host.path().join(".sarab-new-1"), "ne").expect("room for it");
    on_a_machine(async || {
        assert_eq!(names(KvRead::list(&directory, "").await?), ["value"]);
        directory.set("value", "new".into()).await?;
        Kv::sync(&directory).await?;
        assert_eq!(directory.get("value").await?.as_deref(), Some(&b"new"[..]));
        Ok::<_, FolderError>(())
    });
    let left = fs::read_dir(host.path()).expect("a folder").count();
    assert_eq!(left, 2, "a set leaves nothing of its own behind");
}

#[test]
fn what_a_crash_left_behind_is_used_again() {
    let (host, directory) = folder();
    fs::write(host.path().join(".sarab-new-0"), "stale and long").expect("room for it");
    on_a_machine(async || {
        directory.set("value", "new".into()).await?;
        assert_eq!(directory.get("value").await?.as_deref(), Some(&b"new"[..]));
        Ok::<_, FolderError>(())
    });
    assert_eq!(fs::read_dir(host.path()).expect("a folder").count(), 1);
}

#[test]
fn nothing_can_have_the_name_of_a_value_that_is_being_written() {
    let (host, directory) = folder();
    fs::write(host.path().join(".sarab-new-0"), "half").expect("room for it");
    on_a_machine(async || {
        for key in [".sarab-new-0", ".sarab-new-9", ".sarab-new-x/y"] {
            assert_eq!(directory.get(key).await?, None);
            assert_eq!(KvRead::metadata(&directory, key).await?, None);
            let error = directory.set(key, "x".into()).await.expect_err("no key");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key}: {error}");
            let opened = Fs::open(&directory, key, Open::Create).await.map(drop);
            assert_eq!(opened.expect_err("no path").kind(), ErrorKind::InvalidInput, "{key}");
        }
        Ok::<_, FolderError>(())
    });
}

#[test]
fn many_may_set_one_value_at_once_and_one_of_them_wins() {
    let (host, _) = folder();
    let host = host.path();
    std::thread::scope(|scope| {
        for writer in 0..4_u8 {
            scope.spawn(move || {
                let directory = Directory::open_path("pages", host).expect("it opens");
                on_a_machine(async || {
                    for _ in 0..20 {
                        directory.set("value", vec![writer; 5000].into()).await?;
                        let value = directory.get("value").await?.expect("it is there");
                        assert_eq!(value.len(), 5000);
                        assert!(value.iter().all(|byte| *byte == value[0]));
                    }
                    Ok::<_, FolderError>(())
                });
            });
        }
    });
    assert_eq!(fs::read_dir(host).expect("a folder").count(), 1);
}

#[test]
fn a_file_longer_than_any_can_be_has_no_room() {
    let (_host, directory) = folder();
    on_a_machine(async || {
        let file = Fs::open(&directory, "file", Open::New).await?;
        for offset in [i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
            let error = file.write_at(offset, "xy".into()).await.expect_err("nowhere");
            assert_eq!(error.kind(), ErrorKind::NoSpace, "{offset}: {error}");
            let error = file.set_size(offset).await.expect_err("nowhere");
            assert_eq!(error.kind(), ErrorKind::NoSpace, "{offset}: {error}");
        }
        Ok::<_, FolderError>(())
    });
}

#[test]
fn a_value_tells_when_it_was_changed() {
    let (host, directory) = folder();
    let file = fs::File::create(host.path().join("value")).expect("room for it");
    let moment = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::new(1_000_000_007, 9);
    file.set_modified(moment).expect("it is ours");
    on_a_machine(async || {
        let metadata = KvRead::metadata(&directory, "value").await?.expect("it is there");
        let modified = metadata.modified.expect("the host knows").since_epoch();
        assert_eq!(modified, std::time::Duration::new(1_000_000_007, 9));
        Ok::<_, FolderError>(())
    });
}

#[test]
fn a_file_is_synced_under_its_name_also_when_that_has_changed() {
    let (_host, directory) = folder();
    on_a_machine(async || {
        let file = Fs::open(&directory, "one", Open::New).await?;
        file.write_at(0, "x".into()).await?;
        file.sync().await?;
        directory.create_folder("far").await?;
        directory.rename("one", "far/two").await?;
        file.sync().await?;
        Fs::remove(&directory, "far/two").await?;
        Fs::remove(&directory, "far").await?;
        file.sync().await
    });
}

#[test]
fn a_missing_folder_is_named_with_the_way_out() {
    let error = Directory::open_path("pages", Path::new("absent")).err().expect("no folder");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "absent: no such folder; make it with `mkdir -p absent`, or attach another with \
         `--folder pages=PATH`"
    );
}
