//! The conformance suite of [`Fs`] and its [`File`]s.

use alloc::{format, string::String, vec::Vec};

use bytes::{Bytes, BytesMut};

use super::{
    Checked, Violation, done, equal, pattern, poll_once, refused, require, same, together,
};
use crate::{
    Entry,
    EntryKind::{Folder, Value},
    ErrorKind::{AlreadyExists, InvalidInput, NotFound, ReadOnly},
    File, Fs, Open,
};

const SOUND: &str = "a request that is right succeeds on a sound file system";
const INVALID: [&str; 6] = ["a//b", "a/", ".", "..", "a/../b", "a\0b"];

/// Checks that `fs`, which is empty, keeps the promises of [`Fs`]. It is empty again afterwards.
pub async fn fs(fs: &impl Fs) -> Result<(), Violation> {
    folder_is(fs, "", &[]).await?;
    opening(fs).await?;
    folders(fs).await?;
    removal(fs).await?;
    renaming(fs).await?;
    reading_and_writing(fs).await?;
    sizes(fs).await?;
    handles(fs).await?;
    at_once(fs).await?;
    dropped(fs).await?;
    done("sync of a sound file system completes", fs.sync().await)?;
    folder_is(fs, "", &[]).await
}

async fn opening(fs: &impl Fs) -> Checked {
    const MISSING: &str = "opening a file that is missing fails with NotFound";
    const PARENT: &str = "opening a file fails with NotFound where a folder of its path is missing";
    const NO_FILE: &str = "opening a folder, or no path, fails with InvalidInput";
    refused(MISSING, fs.open("f", Open::Read).await, NotFound)?;
    refused(MISSING, fs.open("f", Open::Existing).await, NotFound)?;
    make(fs, "f", b"text").await?;
    let again = fs.open("f", Open::New).await;
    refused("Open::New fails with AlreadyExists on a file that is there", again, AlreadyExists)?;
    done(SOUND, fs.open("/f", Open::Create).await)?;
    file_is(fs, "f", b"text", "Open::Create keeps what is there").await?;
    done(SOUND, fs.create_folder("d").await)?;
    for how in [Open::Read, Open::Existing, Open::Create, Open::New] {
        refused(PARENT, fs.open("absent/f", how).await, NotFound)?;
        refused(PARENT, fs.open("f/below", how).await, NotFound)?;
        if how != Open::New {
            refused(NO_FILE, fs.open("d", how).await, InvalidInput)?;
            refused(NO_FILE, fs.open("", how).await, InvalidInput)?;
        }
        for wrong in INVALID {
            refused(NO_FILE, fs.open(wrong, how).await, InvalidInput)?;
        }
    }
    folder_is(fs, "", &[("d", true), ("f", false)]).await?;
    done(SOUND, fs.remove("d").await)?;
    done(SOUND, fs.remove("f").await)
}

async fn folders(fs: &impl Fs) -> Checked {
    const THERE: &str = "create_folder fails with AlreadyExists if anything has that name";
    const PARENT: &str = "create_folder fails with NotFound where a folder of the path is missing";
    done(SOUND, fs.create_folder("/a").await)?;
    done(SOUND, fs.create_folder("a/b").await)?;
    for name in ["a-b", "a/c", "a/b/d", "B", "\u{e9} e"] {
        make(fs, name, b"").await?;
    }
    folder_is(fs, "", &[("B", false), ("a", true), ("a-b", false), ("\u{e9} e", false)]).await?;
    folder_is(fs, "/a", &[("b", true), ("c", false)]).await?;
    for there in ["a", "a/b", "a-b", ""] {
        refused(THERE, fs.create_folder(there).await, AlreadyExists)?;
    }
    for below in ["absent/x", "a-b/x"] {
        refused(PARENT, fs.create_folder(below).await, NotFound)?;
    }
    for wrong in INVALID {
        refused(
            "create_folder refuses no path with InvalidInput",
            fs.create_folder(wrong).await,
            InvalidInput,
        )?;
    }
    for no_folder in ["absent", "a-b", "a/absent"] {
        refused(
            "list fails with NotFound if there is no such folder",
            fs.list(no_folder).await,
            NotFound,
        )?;
    }
    for no_file in ["a", "", "absent", "absent/x", "a-b/x"] {
        let known = done(SOUND, fs.metadata(no_file).await)?;
        equal("a folder, or nothing, has no metadata", known, None)?;
    }
    for gone in ["a/b/d", "a/b", "a/c", "a", "a-b", "B", "\u{e9} e"] {
        done(SOUND, fs.remove(gone).await)?;
    }
    Ok(())
}

async fn removal(fs: &impl Fs) -> Checked {
    const MISSING: &str = "remove fails with NotFound if nothing is there";
    const KEPT: &str = "remove refuses the root, and a folder that is not empty, with InvalidInput";
    const OPEN: &str = "a removed file stays readable while it is open";
    done(SOUND, fs.create_folder("d").await)?;
    make(fs, "d/f", b"kept").await?;
    for missing in ["absent", "absent/x", "d/absent", "d/f/below"] {
        refused(MISSING, fs.remove(missing).await, NotFound)?;
    }
    refused(KEPT, fs.remove("d").await, InvalidInput)?;
    refused(KEPT, fs.remove("").await, InvalidInput)?;
    file_is(fs, "d/f", b"kept", "a refused remove removes nothing").await?;
    let open = done(SOUND, fs.open("d/f", Open::Read).await)?;
    done(SOUND, fs.remove("d/f").await)?;
    refused("a removed file is gone", fs.open("d/f", Open::Read).await, NotFound)?;
    same(OPEN, &done(OPEN, open.read_at(0, 9).await)?, b"kept")?;
    done(SOUND, fs.remove("d").await)
}

async fn renaming(fs: &impl Fs) -> Checked {
    const MISSING: &str = "rename fails with NotFound if nothing is there, or no folder to move to";
    const TAKEN: &str = "rename fails with AlreadyExists where it would replace a folder";
    const WRONG: &str =
        "rename refuses no path, the root, and a folder into itself with InvalidInput";
    const REPLACED: &str = "rename replaces a file";
    make(fs, "one", b"1").await?;
    make(fs, "two", b"2").await?;
    done(SOUND, fs.create_folder("d").await)?;
    make(fs, "d/three", b"3").await?;
    refused(MISSING, fs.rename("absent", "x").await, NotFound)?;
    refused(MISSING, fs.rename("one", "absent/x").await, NotFound)?;
    refused(TAKEN, fs.rename("one", "d").await, AlreadyExists)?;
    refused(
        "rename fails with AlreadyExists where a folder would replace a file",
        fs.rename("d", "one").await,
        AlreadyExists,
    )?;
    for (from, to) in [("", "x"), ("one", ""), ("d", "d/in"), ("one", "a//b"), ("..", "x")] {
        refused(WRONG, fs.rename(from, to).await, InvalidInput)?;
    }
    done(SOUND, fs.rename("one", "one").await)?;
    file_is(fs, "one", b"1", "moving a thing to itself changes nothing").await?;
    done(SOUND, fs.rename("one", "two").await)?;
    file_is(fs, "two", b"1", REPLACED).await?;
    folder_is(fs, "", &[("d", true), ("two", false)]).await?;
    done(SOUND, fs.rename("d", "e").await)?;
    file_is(fs, "e/three", b"3", "rename moves a folder with what is in it").await?;
    done(SOUND, fs.rename("e/three", "three").await)?;
    folder_is(fs, "", &[("e", true), ("three", false), ("two", false)]).await?;
    for gone in ["e", "three", "two"] {
        done(SOUND, fs.remove(gone).await)?;
    }
    Ok(())
}

async fn reading_and_writing(fs: &impl Fs) -> Checked {
    const READ: &str = "read_at returns the bytes there are, fewer where the file ends sooner";
    const GAP: &str = "a gap before what is written reads as zeroes";
    let file = done(SOUND, fs.open("f", Open::New).await)?;
    let mut expected = BytesMut::new();
    for (offset, size) in [(0, 10), (5, 10), (3, 0), (20, 5), (9000, 70_000), (0, 1)] {
        let data = pattern(offset as u64, size);
        done(SOUND, file.write_at(offset as u64, data.clone()).await)?;
        if size > 0 {
            expected.resize(expected.len().max(offset + size), 0);
            expected[offset..offset + size].copy_from_slice(&data);
        }
        file_is(fs, "f", &expected, GAP).await?;
    }
    done(SOUND, file.write_at(1 << 20, Bytes::new()).await)?;
    file_is(fs, "f", &expected, "writing no data changes nothing, not even the size").await?;
    let end = expected.len();
    for (offset, count) in
        [(0, 0), (7, 100), (4090, 10), (end - 3, 10), (end, 1), (end + 1, 1), (0, usize::MAX)]
    {
        let stop = offset.saturating_add(count).min(end);
        let read = done(READ, file.read_at(offset as u64, count).await)?;
        same(READ, &read, &expected[offset.min(stop)..stop])?;
    }
    same(READ, &done(READ, file.read_at(u64::MAX, 9).await)?, &[])?;
    let beyond = file.write_at(u64::MAX - 2, pattern(1, 9)).await;
    require("a file cannot grow past 64 bits", beyond.is_err(), || {
        "a write there succeeded".into()
    })?;
    file_is(fs, "f", &expected, "a write past what a file can be leaves it as it is").await?;
    done("sync of a sound file completes", file.sync().await)?;
    done(SOUND, fs.remove("f").await)
}

async fn sizes(fs: &impl Fs) -> Checked {
    const ZEROES: &str = "what is new after set_size reads as zeroes";
    let file = done(SOUND, fs.open("f", Open::Create).await)?;
    done(SOUND, file.write_at(0, pattern(1, 6000)).await)?;
    done(SOUND, file.set_size(100).await)?;
    file_is(fs, "f", &pattern(1, 100), "set_size cuts the end off").await?;
    done(SOUND, file.set_size(5000).await)?;
    let mut expected = BytesMut::from(&pattern(1, 100)[..]);
    expected.resize(5000, 0);
    file_is(fs, "f", &expected, ZEROES).await?;
    done(SOUND, file.set_size(0).await)?;
    file_is(fs, "f", &[], "set_size can empty a file").await?;
    done(SOUND, fs.remove("f").await)
}

async fn handles(fs: &impl Fs) -> Checked {
    const READ_ONLY: &str = "a file that was opened to be read refuses changes with ReadOnly";
    let writer = done(SOUND, fs.open("f", Open::Create).await)?;
    let reader = done(SOUND, fs.open("f", Open::Read).await)?;
    done(SOUND, writer.write_at(0, pattern(1, 50)).await)?;
    let seen = done(SOUND, reader.read_at(0, 100).await)?;
    same("open files see each other's writes", &seen, &pattern(1, 50))?;
    refused(READ_ONLY, reader.write_at(0, pattern(2, 5)).await, ReadOnly)?;
    refused(READ_ONLY, reader.set_size(1).await, ReadOnly)?;
    file_is(fs, "f", &pattern(1, 50), READ_ONLY).await?;
    let existing = done(SOUND, fs.open("f", Open::Existing).await)?;
    done("Open::Existing opens to write", existing.set_size(7).await)?;
    file_is(fs, "f", &pattern(1, 7), "open files see each other's changes").await?;
    done(SOUND, fs.remove("f").await)
}

async fn at_once(fs: &impl Fs) -> Checked {
    const ONCE: &str = "requests may run at the same time";
    let names: Vec<String> = (0..16).map(|number| format!("{number:02}")).collect();
    let makes = together(names.iter().map(|name| make(fs, name, name.as_bytes()))).await;
    makes.into_iter().collect::<Checked>()?;
    let file = done(SOUND, fs.open("00", Open::Existing).await)?;
    let writes = (0..16u64).map(|place| file.write_at(place * 500, pattern(place, 500)));
    together(writes).await.into_iter().try_for_each(|result| done(ONCE, result))?;
    let all: Vec<u8> = (0..16).flat_map(|place| pattern(place, 500)).collect();
    file_is(fs, "00", &all, ONCE).await?;
    let removes = together(names.iter().map(|name| fs.remove(name))).await;
    removes.into_iter().try_for_each(|result| done(ONCE, result))
}

async fn dropped(fs: &impl Fs) -> Checked {
    const WHOLE: &str = "a file system goes on after a dropped request";
    let file = done(SOUND, fs.open("f", Open::Create).await)?;
    done(SOUND, file.write_at(0, pattern(1, 100)).await)?;
    drop(poll_once(file.read_at(0, 50)).await);
    drop(poll_once(fs.list("")).await);
    drop(poll_once(fs.sync()).await);
    drop(poll_once(file.write_at(100, pattern(2, 10))).await);
    done(WHOLE, file.sync().await)?;
    let read = done(WHOLE, file.read_at(0, 100).await)?;
    same(WHOLE, &read, &pattern(1, 100))?;
    done(SOUND, fs.remove("f").await)
}

async fn make(fs: &impl Fs, path: &str, data: &[u8]) -> Checked {
    let file = done("Open::New makes a file", fs.open(path, Open::New).await)?;
    let size = done(SOUND, file.size_bytes().await)?;
    equal("a new file is empty", size, 0)?;
    done(SOUND, file.write_at(0, Bytes::copy_from_slice(data)).await)
}

async fn file_is(fs: &impl Fs, path: &str, expected: &[u8], promise: &'static str) -> Checked {
    let size = Some(expected.len() as u64);
    let known = done(promise, fs.metadata(path).await)?.map(|known| known.size_bytes);
    equal("metadata tells the size of a file", known, size)?;
    let file = done(promise, fs.open(path, Open::Read).await)?;
    equal("an open file tells its size", Some(done(promise, file.size_bytes().await)?), size)?;
    same(promise, &done(promise, file.read_at(0, expected.len() + 10).await)?, expected)
}

async fn folder_is(fs: &impl Fs, path: &str, expected: &[(&str, bool)]) -> Checked {
    const LIST: &str = "list returns what stands directly in a folder, sorted by name";
    let entry = |(name, is_folder): &(&str, bool)| Entry {
        name: (*name).into(),
        kind: if *is_folder { Folder } else { Value },
    };
    let expected: Vec<Entry> = expected.iter().map(entry).collect();
    equal(LIST, done(LIST, fs.list(path).await)?, expected)
}
