//! Key-value stores with a flaw.

use std::ops::Range;

use embassy_futures::yield_now;
use sarab_device::{Bytes, Entry, EntryKind, Kv, KvRead, Metadata, check, key::KeyError};
use sarab_memory::RamKv;

use super::{Flawed, caught, run};

impl KvRead for Flawed<RamKv> {
    type Error = KeyError;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, KeyError> {
        let value = self.device.get(self.seen_as(key)).await?;
        if self.has("has folders as values") && value.is_none() {
            let is_folder = !self.device.list(key).await?.is_empty();
            return Ok(is_folder.then(Bytes::new));
        }
        if self.has("changes a byte") && value.as_ref().is_some_and(|value| value.len() > 4000) {
            return Ok(value.map(|value| [&value[..4000], &[0], &value[4001..]].concat().into()));
        }
        if self.has("ignores case") && value.is_none() {
            return self.device.get(&key.to_lowercase()).await;
        }
        Ok(value)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, KeyError> {
        let Some(value) = self.get(key).await? else { return Ok(None) };
        let size = value.len() as u64;
        if self.has("has no range past the end") && range.end > size {
            return Ok(None);
        }
        let start = range.start.min(size);
        let end = if self.has("ignores the end of a range") { size } else { range.end.min(size) };
        let place = |at: u64| usize::try_from(at).unwrap();
        Ok(Some(value.slice(place(start)..place(end.max(start)))))
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, KeyError> {
        let known = self.device.metadata(self.seen_as(key)).await?;
        let less = u64::from(self.has("knows the wrong size"));
        Ok(known
            .map(|known| Metadata { size_bytes: known.size_bytes.saturating_sub(less), ..known }))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, KeyError> {
        let mut entries = self.device.list(self.seen_as(key)).await?;
        match self.flaw {
            "lists backwards" => entries.reverse(),
            "lists folders first" => entries.sort_by_key(|entry| entry.kind == EntryKind::Value),
            "lists folders as values" => {
                for entry in &mut entries {
                    entry.kind = EntryKind::Value;
                }
            }
            "hides a name" => entries.retain(|entry| !entry.name.starts_with('.')),
            _ => {}
        }
        Ok(entries)
    }
}

impl Kv for Flawed<RamKv> {
    async fn set(&self, key: &str, value: Bytes) -> Result<(), KeyError> {
        match self.flaw {
            "takes any key" if self.device.set(key, value.clone()).await.is_err() => return Ok(()),
            "replaces a folder" if !self.device.list(key).await?.is_empty() => {
                self.device.remove(key).await?;
            }
            "forgets the folder of a bad key" => {
                let parent = key.rsplit_once('/').map_or(key, |(parent, _)| parent);
                if self.device.get(parent).await?.is_some() {
                    self.device.remove(parent).await?;
                }
            }
            "tears a dropped set" if key == "dropped" => {
                self.device.set(key, value.slice(..value.len() / 2)).await?;
                yield_now().await;
            }
            "shows half of a set" if key == "beside" => {
                self.device.set(key, value.slice(..value.len() / 2)).await?;
                yield_now().await;
            }
            "mixes two sets" if key == "one" => {
                let old = self.device.get(key).await?.unwrap_or_default();
                yield_now().await;
                let now = self.device.get(key).await?.unwrap_or_default();
                if now != old {
                    return self.device.set(key, [value, now].concat().into()).await;
                }
            }
            "appends" => {
                let old = self.device.get(key).await?.unwrap_or_default();
                return self.device.set(key, [old, value].concat().into()).await;
            }
            _ => yield_now().await,
        }
        self.device.set(key, value).await
    }

    async fn remove(&self, key: &str) -> Result<(), KeyError> {
        if self.has("cannot remove nothing")
            && self.device.get(key).await?.is_none()
            && key == "absent"
        {
            return Err(KeyError::no_key(key));
        }
        if self.has("removes by the start of a key") && key == "a" {
            for entry in
                self.device.list("").await?.iter().filter(|entry| entry.name.starts_with(key))
            {
                self.device.remove(&entry.name).await?;
            }
        }
        if self.has("removes no folder") && key == "a" {
            return Ok(());
        }
        self.device.remove(key).await
    }

    async fn sync(&self) -> Result<(), KeyError> {
        if self.has("cannot sync") {
            return Err(KeyError::no_key(""));
        }
        self.device.sync().await
    }
}

impl Flawed<RamKv> {
    /// Returns what the flaw takes `key` for.
    fn seen_as<'k>(&self, key: &'k str) -> &'k str {
        match self.flaw {
            "ignores slashes at the end" => key.trim_end_matches('/'),
            "ignores all slashes at the start" => key.trim_start_matches('/'),
            "knows no slash at the start" if key.len() > 1 && key.starts_with('/') => "absent",
            "ends a key at a NUL" => key.split('\0').next().unwrap_or(key),
            _ => key,
        }
    }
}

const VALUE: &str = "get returns the value under its key";
const NOTHING: &str = "under a string that is no valid key nothing can be found";
const LIST: &str = "list returns what stands directly in a folder, sorted by name";
const RANGE: &str = "get_range returns the bytes of the range, fewer where the value ends sooner";

#[test]
fn a_store_that_waits_keeps_its_promises() {
    assert_eq!(run(check::kv(&Flawed::new(RamKv::new(), "none"))), Ok(()));
}

#[test]
fn every_flaw_of_a_store_is_found() {
    let flaws = [
        ("changes a byte", VALUE),
        ("appends", VALUE),
        ("ignores case", NOTHING),
        ("ignores slashes at the end", NOTHING),
        ("ignores all slashes at the start", NOTHING),
        ("ends a key at a NUL", NOTHING),
        ("knows no slash at the start", VALUE),
        ("has folders as values", "a folder is no value"),
        ("has no range past the end", RANGE),
        ("ignores the end of a range", RANGE),
        ("knows the wrong size", "metadata tells the size of the value"),
        ("lists backwards", LIST),
        ("lists folders first", LIST),
        ("lists folders as values", LIST),
        ("hides a name", LIST),
        ("takes any key", "set refuses a string that is no valid key with InvalidInput"),
        ("replaces a folder", "set fails with AlreadyExists on a folder and below a value"),
        (
            "forgets the folder of a bad key",
            "set fails with AlreadyExists on a folder and below a value",
        ),
        (
            "tears a dropped set",
            "a value whose set was dropped is the old one or the new one, whole",
        ),
        (
            "shows half of a set",
            "a read beside a change returns the old value or the new one, whole",
        ),
        ("mixes two sets", "changes of one key at the same time leave one value, whole"),
        ("cannot remove nothing", "removing what is not there is no error"),
        ("removes by the start of a key", VALUE),
        ("removes no folder", LIST),
        ("cannot sync", "sync of a sound store completes"),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, check::kv(&Flawed::new(RamKv::new(), flaw)));
    }
}

#[test]
fn a_store_that_holds_more_or_less_than_expected_is_found() {
    let store = RamKv::new();
    run(store.set("a/b", Bytes::from_static(b"1"))).unwrap();
    caught("less", VALUE, check::kv_read(&store, &[("a/b", b"1"), ("a/c", b"2")]));
    caught("more", LIST, check::kv_read(&store, &[]));
}
