//! The index of an archive: where each value lies.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::{mem, ops::Bound, time::Duration};

use sarab_device::{Block, Entry, WallTime, key};

use super::{
    BLOCK_BYTES,
    error::{TarError, What},
    header::{Header, Type, text},
    pax::Records,
    window::Window,
};

/// The most bytes of an extended header or a long name: far more than any path.
const EXTENSION_BYTES_MAX: u64 = 1 << 20;

/// Where the values of an archive lie, by name.
#[derive(Debug, Default)]
pub(super) struct Index {
    items: BTreeMap<String, Item>,
}

/// A value of an archive.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The byte of the disk that its header begins at.
    header: u64,
    /// The byte of the disk that it begins at itself.
    pub(super) data: u64,
    pub(super) size_bytes: u64,
    pub(super) modified: Option<WallTime>,
}

impl Index {
    /// Reads all headers of the archive on `block`.
    pub(super) async fn read<B: Block>(block: &B) -> Result<Self, TarError<B::Error>> {
        let mut reader = Reader {
            window: Window::new(block),
            at: 0,
            index: Self::default(),
            for_all: Records::default(),
            next: Records::default(),
        };
        while reader.entry().await? {}
        reader.index.clash().map_or(Ok(()), |offset| wrong(offset, What::Clash))?;
        Ok(reader.index)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Item> {
        self.items.get(key)
    }

    pub(super) fn list(&self, key: &str) -> Vec<Entry> {
        key::list(key, |from| self.at_or_after(from))
    }

    fn at_or_after(&self, key: &str) -> Option<&str> {
        let from = (Bound::Included(key), Bound::Unbounded);
        self.items.range::<str, _>(from).next().map(|(key, _)| key.as_str())
    }

    /// Returns the header of a value that is a folder as well.
    fn clash(&self) -> Option<u64> {
        let is_folder = |key: &String| key::is_folder(key, |from| self.at_or_after(from));
        self.items.iter().find(|(key, _)| is_folder(key)).map(|(_, item)| item.header)
    }
}

struct Reader<'b, B> {
    window: Window<'b, B>,
    /// The byte of the disk that the next header begins at.
    at: u64,
    index: Index,
    for_all: Records,
    next: Records,
}

impl<B: Block> Reader<'_, B> {
    /// Reads one header and what belongs to it; returns whether there may be more.
    async fn entry(&mut self) -> Result<bool, TarError<B::Error>> {
        let at = self.at;
        let Some(block) = self.window.read(at, BLOCK_BYTES).await? else {
            return wrong(at, What::NoEnd);
        };
        if block.iter().all(|byte| *byte == 0) {
            return Ok(false);
        }
        let mut header = Header::parse(&block).or_else(|what| wrong(at, what))?;
        if header.kind.is_own() && header.kind.has_data() {
            header.size_bytes = self.next.size_bytes.unwrap_or(header.size_bytes);
        }
        let (data, size) = (at + BLOCK_BYTES, header.size_bytes);
        if !self.window.has(data, size) {
            return wrong(at, What::PastEnd);
        }
        if header.kind.is_own() {
            self.add(at, header).or_else(|what| wrong(at, what))?;
        } else {
            let text = match size {
                0..=EXTENSION_BYTES_MAX => self.window.read(data, size).await?,
                _ => None,
            };
            let text = text.map_or_else(|| wrong(at, What::Extension), Ok)?;
            self.extend(header.kind, &text).or_else(|what| wrong(at, what))?;
        }
        // The disk is whole sectors, and they whole blocks, so the next block begins on it.
        self.at = data + size.next_multiple_of(BLOCK_BYTES);
        Ok(true)
    }

    /// Takes in what says more of the next entry, or of all.
    fn extend(&mut self, kind: Type, bytes: &[u8]) -> Result<(), What> {
        match kind {
            Type::PaxForAll => {
                self.for_all.read(bytes)?;
                self.next = self.for_all.clone();
            }
            Type::LongName => self.next.path = Some(text(bytes).to_vec()),
            Type::LongLink => self.next.link = Some(text(bytes).to_vec()),
            _ => self.next.read(bytes)?,
        }
        Ok(())
    }

    /// Takes in the entry whose header begins at byte `at`.
    fn add(&mut self, at: u64, header: Header) -> Result<(), What> {
        let records = mem::replace(&mut self.next, self.for_all.clone());
        let name = records.path.unwrap_or(header.name);
        if matches!(header.kind, Type::Folder | Type::Note) {
            return Ok(());
        }
        let name = key_of(&name)?;
        let item = match header.kind {
            Type::Value => Item {
                header: at,
                data: at + BLOCK_BYTES,
                size_bytes: header.size_bytes,
                modified: records.modified.or_else(|| header.modified_s.map(seconds)),
            },
            Type::HardLink => {
                let target = key_of(&records.link.unwrap_or(header.link))?;
                let target = self.index.items.get(&target).ok_or(What::Link)?;
                Item { header: at, ..target.clone() }
            }
            _ => {
                log::warn!("the tar archive's entry `{name}` at byte {at} is no file: passed over");
                return Ok(());
            }
        };
        self.index.items.insert(name, item);
        Ok(())
    }
}

/// Turns a name as archives have it (`./css/site.css`, `/css//site.css`) into a key.
fn key_of(name: &[u8]) -> Result<String, What> {
    let name = str::from_utf8(name).map_err(|_| What::Name)?;
    let mut key = String::with_capacity(name.len());
    for segment in name.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
        if !key::is_segment(segment) {
            return Err(What::Name);
        }
        if !key.is_empty() {
            key.push('/');
        }
        key.push_str(segment);
    }
    if key.is_empty() { Err(What::Name) } else { Ok(key) }
}

fn seconds(since_epoch: u64) -> WallTime {
    WallTime::new(Duration::from_secs(since_epoch))
}

fn wrong<T, E>(offset: u64, what: What) -> Result<T, TarError<E>> {
    Err(TarError::Header { offset, what })
}
