//! The store.

use alloc::{string::String, vec::Vec};

use sarab_device::Block;

use crate::{Corrupt, Error, Format, Keyspace, Options, Reader, Transaction};

/// A store on the disk `B`.
///
/// **Concurrency.** Readers see the state at which they began, whatever is written. One transaction is open at a time; the others wait
/// in line. Commits that wait for the disk at the same time share a flush.
///
/// **Durability.** [`commit`](Transaction::commit) and [`sync`](Tree::sync) complete when it would survive a crash.
/// A transaction is seen by others a moment before that.
///
/// **Errors.** After a failed write or flush the store is poisoned: all further writing fails, reading goes on.
///
/// **Cancellation.** Any future here may be dropped. A dropped transaction never was; a dropped commit may land or not, whole.
#[derive(Debug)]
pub struct Tree<B> {
    disk: B,
}

/// A tree of keys that can be written: the main one, or a clone of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head(pub(crate) u32);

impl Head {
    /// The one that is always there.
    pub const MAIN: Self = Self(0);
}

/// A state of a head that was kept under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// The number of its last transaction.
    pub transaction: u64,
    /// The head that it was taken of.
    pub head: Head,
}

/// How much of a disk is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes on the disk, so far as they are whole pages.
    pub total_bytes: u64,
    /// Bytes that a transaction may put now.
    pub free_bytes: u64,
    /// Bytes that are free after the next checkpoints, or when a reader ends.
    pub pending_bytes: u64,
    /// Bytes that hold something.
    pub used_bytes: u64,
}

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tree pages that were read.
    pub pages: u64,
    /// Keys in all heads and snapshots, those of shared pages once.
    pub keys: u64,
    /// Bytes of large values; their contents are read by a scrub only.
    pub extent_bytes: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// Something that is wrong in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Something cannot be read.
    Corrupt(Corrupt),
    /// Two things lie on one page.
    Shared {
        /// The page.
        page: u64,
    },
    /// A page that is used counts as free.
    Unmarked {
        /// The page.
        page: u64,
    },
    /// A page that nothing uses counts as used: lost, and harmless.
    Leaked {
        /// The page.
        page: u64,
    },
    /// Keys of a page are not in order.
    Unordered {
        /// The page.
        page: u64,
    },
}

impl<B: Block> Tree<B> {
    /// Makes an empty store on `disk`, whatever was there, and mounts it.
    pub async fn format(
        disk: B,
        format: &Format,
        options: Options,
    ) -> Result<Self, Error<B::Error>> {
        let _ = (format, options);
        disk.flush().await.map_err(Error::Disk)?;
        Ok(Self { disk })
    }

    /// Opens the store on `disk` as it was after the last transaction that survived.
    pub async fn mount(disk: B, options: Options) -> Result<Self, Error<B::Error>> {
        let _ = options;
        disk.flush().await.map_err(Error::Disk)?;
        Ok(Self { disk })
    }

    /// Returns the disk. Whatever was not synced is lost: see [`checkpoint`](Tree::checkpoint).
    pub fn into_disk(self) -> B {
        self.disk
    }

    /// Returns what the main head holds now.
    pub fn read(&self) -> Reader<'_, B> {
        self.read_head(Head::MAIN).unwrap_or(Reader { tree: self })
    }

    /// Returns what `head` holds now, or `None` if it was deleted.
    pub fn read_head(&self, head: Head) -> Option<Reader<'_, B>> {
        let _ = head;
        Some(Reader { tree: self })
    }

    /// Returns what the snapshot `name` holds.
    pub fn read_snapshot(&self, name: &str) -> Result<Reader<'_, B>, Error<B::Error>> {
        Err(Error::Missing { name: name.into() })
    }

    /// Begins a transaction on the main head, once no other is open.
    ///
    /// A task that has one open and waits for another here waits for ever.
    pub async fn write(&self) -> Result<Transaction<'_, B>, Error<B::Error>> {
        self.write_head(Head::MAIN).await
    }

    /// Begins a transaction on `head`, like [`write`](Tree::write).
    pub async fn write_head(&self, head: Head) -> Result<Transaction<'_, B>, Error<B::Error>> {
        let _ = head;
        Ok(Transaction { tree: self })
    }

    /// Completes when all that was committed before would survive a crash.
    pub async fn sync(&self) -> Result<(), Error<B::Error>> {
        self.disk.flush().await.map_err(Error::Disk)
    }

    /// Writes all pages that are new, so that the log is empty and mounting is quick.
    ///
    /// It happens by itself when the log or the memory fills.
    pub async fn checkpoint(&self) -> Result<(), Error<B::Error>> {
        self.sync().await
    }

    /// Returns the number of the keyspace `name` in the main head, if there is one.
    pub async fn keyspace(&self, name: &str) -> Result<Option<Keyspace>, Error<B::Error>> {
        self.read().keyspace(name).await
    }

    /// Keeps the present state of `head` under `name`. It survives a crash.
    pub async fn snapshot(&self, head: Head, name: &str) -> Result<(), Error<B::Error>> {
        let _ = (head, name);
        self.sync().await
    }

    /// Returns all snapshots, oldest first.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        Vec::new()
    }

    /// Deletes the snapshot `name`, and frees what only it needed.
    pub async fn delete_snapshot(&self, name: &str) -> Result<(), Error<B::Error>> {
        Err(Error::Missing { name: name.into() })
    }

    /// Makes a head `name` that begins as the snapshot `snapshot`. It survives a crash.
    pub async fn clone_snapshot(
        &self,
        snapshot: &str,
        name: &str,
    ) -> Result<Head, Error<B::Error>> {
        let _ = name;
        Err(Error::Missing { name: snapshot.into() })
    }

    /// Returns all heads by name; the first is `main`.
    pub fn heads(&self) -> Vec<(String, Head)> {
        Vec::new()
    }

    /// Deletes the clone `name`, and frees what only it needed. Its snapshots must be gone.
    pub async fn delete_head(&self, name: &str) -> Result<(), Error<B::Error>> {
        Err(Error::Missing { name: name.into() })
    }

    /// Reads all tree pages, and compares them with the space map. Writers wait meanwhile.
    pub async fn check(&self) -> Result<Report, Error<B::Error>> {
        self.sync().await.map(|()| Report::default())
    }

    /// Checks like [`check`](Tree::check), and reads the contents of large values too, all from the disk.
    pub async fn scrub(&self) -> Result<Report, Error<B::Error>> {
        self.check().await
    }

    /// Takes the rest of a disk that has grown into use. It survives a crash.
    pub async fn grow(&self) -> Result<(), Error<B::Error>> {
        self.sync().await
    }

    /// Returns how much of the disk is used.
    pub fn space(&self) -> Space {
        Space { total_bytes: 0, free_bytes: 0, pending_bytes: 0, used_bytes: 0 }
    }
}
