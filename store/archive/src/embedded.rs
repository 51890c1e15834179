//! Files that are part of the image.

use alloc::vec::Vec;
use core::{convert::Infallible, fmt, ops::Range, time::Duration};

use sarab_device::{Bytes, Entry, Error, ErrorKind, KvRead, Metadata, WallTime, key};

/// A file that is part of the image. Generated code makes them.
#[derive(Clone, Copy, Debug)]
pub struct File {
    name: &'static str,
    bytes: &'static [u8],
    modified_s: Option<u64>,
}

impl File {
    /// Makes a file: its key, its bytes, and when it was changed, in seconds since 1970.
    #[must_use]
    pub const fn new(name: &'static str, bytes: &'static [u8], modified_s: Option<u64>) -> Self {
        Self { name, bytes, modified_s }
    }
}

/// A store of files that are part of the image. Reading copies nothing.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    files: &'static [File],
}

impl Embedded {
    /// Opens a store of `files`, which must be sorted by name (byte order).
    ///
    /// # Errors
    /// Where they are not, a name is no valid key, or a file lies in another.
    #[expect(clippy::unused_async, reason = "devices are opened by async functions")]
    pub async fn open(files: &'static [File]) -> Result<Self, EmbeddedError> {
        let embedded = Self { files };
        if let Some([_, file]) = files.array_windows().find(|[one, next]| one.name >= next.name) {
            return Err(EmbeddedError::Unsorted { name: file.name });
        }
        for File { name, .. } in files {
            if name.is_empty() || key::normal(name) != Some(name) {
                return Err(EmbeddedError::NoKey { name });
            }
            if key::is_folder(name, |from| embedded.at_or_after(from)) {
                return Err(EmbeddedError::Clash { name });
            }
        }
        Ok(embedded)
    }

    fn find(&self, key: &str) -> Option<&'static File> {
        let key = key::normal(key)?;
        let at = self.files.binary_search_by(|file| file.name.cmp(key)).ok()?;
        Some(&self.files[at])
    }

    fn at_or_after(&self, key: &str) -> Option<&'static str> {
        let at = self.files.partition_point(|file| file.name < key);
        self.files.get(at).map(|file| file.name)
    }
}

impl KvRead for Embedded {
    type Error = Infallible;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Infallible> {
        Ok(self.find(key).map(|file| Bytes::from_static(file.bytes)))
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Infallible> {
        Ok(self.find(key).map(|file| {
            let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(file.bytes.len());
            let (start, end) = (clamp(range.start), clamp(range.end));
            Bytes::from_static(&file.bytes[start..end.max(start)])
        }))
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Infallible> {
        Ok(self.find(key).map(|file| Metadata {
            size_bytes: file.bytes.len() as u64,
            modified: file.modified_s.map(|seconds| WallTime::new(Duration::from_secs(seconds))),
        }))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, Infallible> {
        let list = |key| key::list(key, |from| self.at_or_after(from));
        Ok(key::normal(key).map(list).unwrap_or_default())
    }
}

/// Why files cannot be opened as a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddedError {
    /// A name does not come after the one before it.
    Unsorted {
        /// The name.
        name: &'static str,
    },
    /// A name is no valid key.
    NoKey {
        /// The name.
        name: &'static str,
    },
    /// A file has the name of a folder.
    Clash {
        /// The name.
        name: &'static str,
    },
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsorted { name } => {
                write!(f, "the embedded file `{name}` does not come after the one before it")
            }
            Self::NoKey { name } => write!(f, "the embedded file {name:?} has no valid key"),
            Self::Clash { name } => write!(f, "the embedded file `{name}` is a folder as well"),
        }
    }
}

impl core::error::Error for EmbeddedError {}

impl Error for EmbeddedError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Corrupt
    }
}

#[cfg(test)]
mod tests {
    use embassy_futures::block_on;
    use sarab_device::check;

    use super::*;

    static FILES: [File; 6] = [
        File::new("404.html", b"gone", Some(1_700_000_000)),
        File::new("css-old", b"", None),
        File::new("css/print/a.css", b"a{}", None),
        File::new("css/site.css", b"b{}", None),
        File::new("css0", b"0", None),
        File::new("index.html", b"<h1>", None),
    ];

    fn refused(files: &'static [File]) -> EmbeddedError {
        block_on(Embedded::open(files)).unwrap_err()
    }

    #[test]
    fn it_keeps_the_promises_of_a_kv_read() {
        let store = block_on(Embedded::open(&FILES)).unwrap();
        let expected: Vec<_> = FILES.iter().map(|file| (file.name, file.bytes)).collect();
        assert_eq!(block_on(check::kv_read(&store, &expected)), Ok(()));
    }

    #[test]
    fn it_holds_nothing_as_well() {
        let store = block_on(Embedded::open(&[])).unwrap();
        assert_eq!(block_on(check::kv_read(&store, &[])), Ok(()));
    }

    #[test]
    fn reading_copies_nothing() {
        let store = block_on(Embedded::open(&FILES)).unwrap();
        let read = block_on(store.get("index.html")).unwrap().unwrap();
        assert_eq!(read.as_ptr(), FILES[5].bytes.as_ptr());
        let range = block_on(store.get_range("index.html", 1..3)).unwrap().unwrap();
        assert_eq!(range.as_ptr(), FILES[5].bytes[1..].as_ptr());
    }

    #[test]
    fn the_time_of_a_change_is_kept() {
        let store = block_on(Embedded::open(&FILES)).unwrap();
        let modified = |key| block_on(store.metadata(key)).unwrap().unwrap().modified;
        assert_eq!(modified("404.html"), Some(WallTime::new(Duration::from_secs(1_700_000_000))));
        assert_eq!(modified("css0"), None);
    }

    #[test]
    fn a_table_that_cannot_be_searched_is_refused() {
        const A: File = File::new("a", b"", None);
        const B: File = File::new("b", b"", None);
        const IN_A: File = File::new("a/b", b"", None);
        const BAD: File = File::new("/a", b"", None);
        static UNSORTED: [File; 2] = [B, A];
        static TWICE: [File; 2] = [A, A];
        static CLASH: [File; 2] = [A, IN_A];
        static NO_KEY: [File; 1] = [BAD];
        assert_eq!(refused(&UNSORTED), EmbeddedError::Unsorted { name: "a" });
        assert_eq!(refused(&TWICE), EmbeddedError::Unsorted { name: "a" });
        assert_eq!(refused(&CLASH), EmbeddedError::Clash { name: "a" });
        assert_eq!(refused(&NO_KEY), EmbeddedError::NoKey { name: "/a" });
    }
}
