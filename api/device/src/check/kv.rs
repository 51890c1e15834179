//! The conformance suites of [`KvRead`] and [`Kv`].

use alloc::{
    borrow::ToOwned,
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use bytes::Bytes;
use embassy_futures::join::join;

use super::{
    Checked, Violation, done, equal, pattern, poll_once, present, refused, require, same, together,
};
use crate::{Entry, EntryKind, ErrorKind, Kv, KvRead, key};

const READ: &str = "a read of a sound store succeeds";
const WRITE: &str = "a change of a sound store succeeds";
const VALUE: &str = "get returns the value under its key";
const INVALID: &str = "under a string that is no valid key nothing can be found";

/// Checks that `store`, which holds exactly the values `expected`, keeps the promises of [`KvRead`].
///
/// The more `expected` holds the more is checked: folders in folders, an empty value, names that
/// differ in case.
pub async fn kv_read(store: &impl KvRead, expected: &[(&str, &[u8])]) -> Result<(), Violation> {
    for (key, value) in expected {
        value_is(store, key, value).await?;
        ranges(store, key, value).await?;
        near(store, key, expected).await?;
    }
    let keys: BTreeSet<&str> = expected.iter().map(|(key, _)| *key).collect();
    let folders: BTreeSet<&str> = keys.iter().flat_map(|key| key::folders(key)).collect();
    for folder in folders.iter().copied().chain(["", "/"]) {
        folder_is(store, folder, &keys, &folders).await?;
    }
    for absent in ["sarab-absent", "sarab-absent/below", ".", "..", "a//b", "/../a", "a\0", "a/"] {
        nothing_at(store, absent).await?;
    }
    at_once(store, expected).await
}

/// Checks that `store`, which is empty, keeps the promises of [`Kv`]. It is empty again afterwards.
pub async fn kv(store: &impl Kv) -> Result<(), Violation> {
    kv_read(store, &[]).await?;
    set_and_get(store).await?;
    invalid_keys(store).await?;
    values_and_folders(store).await?;
    removal(store).await?;
    clear(store).await?;
    sorted_names(store).await?;
    clear(store).await?;
    rivals(store).await?;
    dropped(store).await?;
    clear(store).await?;
    done("sync of a sound store completes", store.sync().await)?;
    kv_read(store, &[]).await
}

async fn value_is(store: &impl KvRead, key: &str, value: &[u8]) -> Checked {
    for key in [key.to_owned(), format!("/{key}")] {
        same(VALUE, &present(VALUE, done(READ, store.get(&key).await)?)?, value)?;
        let size = done(READ, store.metadata(&key).await)?.map(|known| known.size_bytes);
        equal("metadata tells the size of the value", size, Some(value.len() as u64))?;
        let listed = done(READ, store.list(&key).await)?;
        equal("a key that holds a value is an empty folder", listed, vec![])?;
    }
    Ok(())
}

async fn ranges(store: &impl KvRead, key: &str, value: &[u8]) -> Checked {
    const RANGE: &str =
        "get_range returns the bytes of the range, fewer where the value ends sooner";
    let end = value.len() as u64;
    let middle = end / 2;
    let ranges = [
        (0, 0),
        (0, end),
        (0, u64::MAX),
        (middle, end),
        (middle, middle + 1),
        (0, middle),
        (end, end + 5),
        (end + 1, u64::MAX),
        (u64::MAX, u64::MAX),
        (end.saturating_sub(1), end + 1),
    ];
    for (start, stop) in ranges {
        let got = present(RANGE, done(READ, store.get_range(key, start..stop).await)?)?;
        let clamp = |at: u64| usize::try_from(at.min(end)).unwrap_or(usize::MAX);
        same(RANGE, &got, &value[clamp(start)..clamp(stop)])?;
    }
    #[expect(clippy::reversed_empty_ranges, reason = "a store must bear it")]
    let backwards = done(READ, store.get_range(key, 5..2).await)?;
    same("a range that starts after its end holds nothing", &present(RANGE, backwards)?, &[])
}

/// Strings that resemble `key` and name nothing.
async fn near(store: &impl KvRead, key: &str, expected: &[(&str, &[u8])]) -> Checked {
    let wrong = ["//{}", "./{}", "{}/", "{}/.", "{}\0", "x/../{}", "{}/below", "../{}"];
    for wrong in wrong {
        nothing_at(store, &wrong.replace("{}", key)).await?;
    }
    for other in [key.to_uppercase(), key.to_lowercase(), format!("{key}0"), format!("{key} ")] {
        if !expected.iter().any(|(key, _)| *key == other || key.starts_with(&format!("{other}/"))) {
            nothing_at(store, &other).await?;
        }
    }
    Ok(())
}

async fn nothing_at(store: &impl KvRead, key: &str) -> Checked {
    let found = done(INVALID, store.get(key).await)?;
    require(INVALID, found.is_none(), || {
        format!("{key:?} held {} bytes", found.map_or(0, |v| v.len()))
    })?;
    let range = done(INVALID, store.get_range(key, 0..1).await)?;
    require(INVALID, range.is_none(), || format!("{key:?} held a range"))?;
    let known = done(INVALID, store.metadata(key).await)?;
    require(INVALID, known.is_none(), || format!("{key:?} had metadata"))?;
    let listed = done(INVALID, store.list(key).await)?;
    require("a folder that does not exist is empty", listed.is_empty(), || {
        format!("{key:?} held {listed:?}")
    })
}

async fn folder_is(
    store: &impl KvRead,
    folder: &str,
    keys: &BTreeSet<&str>,
    folders: &BTreeSet<&str>,
) -> Checked {
    const LIST: &str = "list returns what stands directly in a folder, sorted by name";
    const FOLDER: &str = "a folder is no value";
    let name = folder.trim_start_matches('/');
    let inside = |all: &BTreeSet<&str>, kind| -> Vec<Entry> {
        let direct = all.iter().map(|key| key::split(key)).filter(|(parent, _)| *parent == name);
        direct.map(|(_, name)| Entry { name: name.to_string(), kind }).collect()
    };
    let mut expected = inside(keys, EntryKind::Value);
    expected.extend(inside(folders, EntryKind::Folder));
    expected.sort();
    equal(LIST, done(READ, store.list(folder).await)?, expected)?;
    equal(FOLDER, done(READ, store.get(folder).await)?, None)?;
    equal(FOLDER, done(READ, store.get_range(folder, 0..9).await)?, None)?;
    equal(FOLDER, done(READ, store.metadata(folder).await)?, None)
}

async fn at_once(store: &impl KvRead, expected: &[(&str, &[u8])]) -> Checked {
    const ONCE: &str = "reads may run at the same time";
    let some = &expected[..expected.len().min(64)];
    for (key, _) in some {
        drop(poll_once(store.get(key)).await);
        drop(poll_once(store.list(key)).await);
    }
    let values = together(some.iter().map(|(key, _)| store.get(key))).await;
    for ((_, expected), value) in some.iter().zip(values) {
        same(ONCE, &present(ONCE, done(ONCE, value)?)?, expected)?;
    }
    Ok(())
}

async fn set_and_get(store: &impl Kv) -> Checked {
    for size in [0, 1, 5000, 3, 1 << 20, 0, 7] {
        let value = pattern(size as u64, size);
        done(WRITE, store.set("a/b c/\u{e9}.txt", value.clone()).await)?;
        value_is(store, "a/b c/\u{e9}.txt", &value).await?;
    }
    done(WRITE, store.set("/lead", pattern(1, 9)).await)?;
    value_is(store, "lead", &pattern(1, 9)).await?;
    done("sync of a sound store completes", store.sync().await)?;
    value_is(store, "lead", &pattern(1, 9)).await?;
    clear(store).await
}

async fn invalid_keys(store: &impl Kv) -> Checked {
    const REFUSED: &str = "set refuses a string that is no valid key with InvalidInput";
    for wrong in ["a//b", "a/", "//a", ".", "..", "a/../b", "../a", "a/.", "a\0b"] {
        refused(REFUSED, store.set(wrong, pattern(1, 3)).await, ErrorKind::InvalidInput)?;
        done("removing what is not there is no error", store.remove(wrong).await)?;
    }
    kv_read(store, &[]).await
}

async fn values_and_folders(store: &impl Kv) -> Checked {
    const CLASH: &str = "set fails with AlreadyExists on a folder and below a value";
    let value = pattern(2, 40);
    done(WRITE, store.set("folder/value", value.clone()).await)?;
    for key in ["folder", "folder/value/below", "folder/value/far/below", "", "/"] {
        refused(CLASH, store.set(key, pattern(3, 5)).await, ErrorKind::AlreadyExists)?;
    }
    kv_read(store, &[("folder/value", &value)]).await?;
    clear(store).await
}

async fn removal(store: &impl Kv) -> Checked {
    const NOTHING: &str = "removing what is not there is no error";
    let keys = ["a-", "a/b", "a/c/d", "a0", "ab"];
    for key in keys {
        done(WRITE, store.set(key, pattern(4, 10)).await)?;
    }
    for key in ["absent", "absent/below", "a/absent", "ab/below"] {
        done(NOTHING, store.remove(key).await)?;
    }
    let value = pattern(4, 10);
    let left = |keys: &[&'static str]| -> Vec<(&'static str, Bytes)> {
        keys.iter().map(|key| (*key, value.clone())).collect()
    };
    holds(store, &left(&keys)).await?;
    done(WRITE, store.remove("a/b").await)?;
    holds(store, &left(&["a-", "a/c/d", "a0", "ab"])).await?;
    done(WRITE, store.remove("a").await)?;
    holds(store, &left(&["a-", "a0", "ab"])).await?;
    done(WRITE, store.set("a", value.clone()).await)?;
    holds(store, &left(&["a", "a-", "a0", "ab"])).await
}

/// Names whose order as keys is not their order in a folder, and names that need care on the way.
async fn sorted_names(store: &impl Kv) -> Checked {
    let names = [
        "b",
        "a/x",
        "a-b",
        "a.b/c",
        "a b",
        "A",
        "B/b",
        "a0",
        "%41",
        "~",
        "\u{e9}",
        "z\\y",
        "...",
        "..a",
        "-rf",
        "\u{1f40d}/s",
        "a\nb",
        "con",
    ];
    let values: Vec<(&str, Bytes)> =
        names.into_iter().zip(6..).map(|(name, seed)| (name, pattern(seed, 20))).collect();
    for (name, value) in &values {
        done(WRITE, store.set(name, value.clone()).await)?;
    }
    holds(store, &values).await
}

async fn rivals(store: &impl Kv) -> Checked {
    const APART: &str = "changes of different keys may run at the same time";
    const COMMON: &str = "changes of one key at the same time leave one value, whole";
    const ONE: &str = "a read beside a change returns the old value or the new one, whole";
    let keys: Vec<String> = (0..16).map(|number| format!("many/{number}")).collect();
    let sets = keys.iter().zip(0..).map(|(key, seed)| store.set(key, pattern(seed, 3000)));
    together(sets).await.into_iter().try_for_each(|result| done(APART, result))?;
    for (key, seed) in keys.iter().zip(0..) {
        value_is(store, key, &pattern(seed, 3000)).await?;
    }
    let values = [pattern(7, 9000), pattern(8, 100)];
    done(WRITE, store.set("beside", values[1].clone()).await)?;
    let (set, got) = join(store.set("beside", values[0].clone()), store.get("beside")).await;
    done(COMMON, set)?;
    let got = present(ONE, done(READ, got)?)?;
    require(ONE, values.contains(&got), || "it was neither".into())?;
    let sets = together(values.iter().map(|value| store.set("one", value.clone()))).await;
    sets.into_iter().try_for_each(|result| done(COMMON, result))?;
    let left = done(READ, store.get("one").await)?;
    require(COMMON, values.iter().any(|value| left.as_ref() == Some(value)), || {
        "it held neither".into()
    })
}

async fn dropped(store: &impl Kv) -> Checked {
    const WHOLE: &str = "a value whose set was dropped is the old one or the new one, whole";
    let (old, new) = (pattern(9, 5000), pattern(10, 7000));
    done(WRITE, store.set("dropped", old.clone()).await)?;
    drop(poll_once(store.set("dropped", new.clone())).await);
    drop(poll_once(store.sync()).await);
    let left = present(WHOLE, done(READ, store.get("dropped").await)?)?;
    require(WHOLE, left == old || left == new, || "it was neither".into())?;
    done("sync of a sound store completes", store.sync().await)
}

async fn holds(store: &impl Kv, values: &[(&str, Bytes)]) -> Checked {
    let values: Vec<(&str, &[u8])> = values.iter().map(|(key, value)| (*key, &value[..])).collect();
    kv_read(store, &values).await
}

async fn clear(store: &impl Kv) -> Checked {
    const ALL: &str = "removing the root removes everything";
    done(WRITE, store.remove("").await)?;
    equal(ALL, done(READ, store.list("").await)?, vec![])
}
