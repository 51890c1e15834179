//! The store.

mod checkpoint;
mod commit;
pub(crate) mod create;
pub(crate) mod mount;
mod replay;

use alloc::string::String;
use core::{cell::RefCell, fmt};

use sarab_device::Block;

use crate::{
    Error, Format, Keyspace, Options, Reader, Transaction,
    disk::Disk,
    error::{Corrupt, Part},
    format::{PAGE_BYTES_U64, superblock::Superblock},
    line::Line,
    log::Log,
    pages::Fault,
    space::Claim,
    state::State,
};

/// A store on the disk `B`.
///
/// **Concurrency.** Readers see the state at which they began, whatever is written. One transaction is open at a time; the others
/// wait in line. Commits that wait for the disk at the same time share a flush.
///
/// **Durability.** [`commit`](Transaction::commit) and [`sync`](Tree::sync) complete when it would survive a crash.
/// A transaction is seen by others a moment before that.
///
/// **Errors.** After a failed write or flush the store is poisoned: all further writing fails, reading goes on.
///
/// **Cancellation.** Any future here may be dropped. A dropped transaction never was; a dropped commit may land or
/// not, whole.
///
/// ```
/// # use sarab_tree::{Format, Keyspace, Options, Tree};
/// # async fn example(disk: impl sarab_device::Block + 'static) -> Option<()> {
/// let tree = Tree::format(disk, &Format::new([7; 16]), Options::default()).await.ok()?;
/// let mut transaction = tree.write().await.ok()?;
/// transaction.put(Keyspace::DEFAULT, b"key", b"value").await.ok()?;
/// transaction.commit().await.ok()?; // survives a crash from here on
/// assert_eq!(tree.read().get(Keyspace::DEFAULT, b"key").await.ok()?.as_deref(), Some(&b"value"[..]));
/// # Some(())
/// # }
/// ```
pub struct Tree<B: Block> {
    pub(crate) disk: Disk<B>,
    pub(crate) state: RefCell<State>,
    pub(crate) log: RefCell<Log>,
    pub(crate) superblock: Superblock,
    pub(crate) options: Options,
    /// Who writes a transaction.
    pub(crate) writers: Line,
    /// Who writes pages.
    pub(crate) checkpoints: Line,
}

/// A tree of keys that can be written: the main one, or a clone of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head(pub(crate) u32);

impl Head {
    /// The one that is always there.
    pub const MAIN: Self = Self(0);
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

impl<B: Block> fmt::Debug for Tree<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("superblock", &self.superblock).finish_non_exhaustive()
    }
}

impl<B: Block + 'static> Tree<B> {
    /// Makes an empty store on `disk`, whatever was there, and mounts it.
    pub async fn format(
        disk: B,
        format: &Format,
        options: Options,
    ) -> Result<Self, Error<B::Error>> {
        create::create(Disk::new(disk)?, format, options).await
    }

    /// Opens the store on `disk` as it was after the last transaction that survived.
    pub async fn mount(disk: B, options: Options) -> Result<Self, Error<B::Error>> {
        let disk = Disk::new(disk)?;
        let superblock = mount::find_superblock(&disk).await?;
        mount::mount(disk, superblock, options).await
    }

    /// Returns what the main head holds now.
    pub fn read(&self) -> Reader<'_, B> {
        let mut state = self.state.borrow_mut();
        let top = state.heads.get(&0).map(|head| head.record.top).unwrap_or_default();
        let transaction = state.transaction;
        let slot = state.readers.add(top, transaction);
        Reader { tree: self, slot }
    }

    /// Begins a transaction on the main head, once no other is open.
    ///
    /// A task that has one open and waits for another here waits for ever.
    pub async fn write(&self) -> Result<Transaction<'_, B>, Error<B::Error>> {
        self.write_head(Head::MAIN).await
    }

    /// Begins a transaction on `head`, like [`write`](Tree::write).
    pub async fn write_head(&self, head: Head) -> Result<Transaction<'_, B>, Error<B::Error>> {
        self.disk.check_writable()?;
        let turn = self.writers.wait().await;
        self.disk.check_writable()?;
        if self.state.borrow_mut().begin(head.0) {
            return Ok(Transaction::new(self, turn));
        }
        Err(Error::Missing { name: alloc::format!("head {}", head.0) })
    }

    /// Returns the number of the keyspace `name` in the main head, if there is one.
    pub async fn keyspace(&self, name: &str) -> Result<Option<Keyspace>, Error<B::Error>> {
        self.read().keyspace(name).await
    }

    /// Returns how much of the disk is used.
    pub fn space(&self) -> Space {
        let state = self.state.borrow();
        let space = &state.pages.space;
        let pending = space.pending.pages() + space.lent();
        Space {
            total_bytes: space.page_count() * PAGE_BYTES_U64,
            free_bytes: space.available(Claim::Put) * PAGE_BYTES_U64,
            pending_bytes: pending * PAGE_BYTES_U64,
            used_bytes: space.page_count().saturating_sub(space.free() + pending) * PAGE_BYTES_U64,
        }
    }

    /// Returns the label of the store.
    pub fn label(&self) -> String {
        let label = &self.superblock.label;
        let end = label.iter().position(|byte| *byte == 0).unwrap_or(label.len());
        String::from_utf8_lossy(&label[..end]).into_owned()
    }

    /// Returns the UUID of the store.
    pub fn uuid(&self) -> [u8; 16] {
        self.superblock.uuid
    }

    /// Returns the number of the last transaction.
    pub fn transaction(&self) -> u64 {
        self.state.borrow().transaction
    }

    /// Does what `action` is about, reading the pages that it misses.
    pub(crate) async fn attempt<T>(
        &self,
        mut action: impl FnMut(&mut State) -> Result<T, Fault>,
    ) -> Result<T, Error<B::Error>> {
        loop {
            let result = action(&mut self.state.borrow_mut());
            match result {
                Ok(done) => return Ok(done),
                Err(fault) => self.cure(fault).await?,
            }
        }
    }

    /// Reads the page that was missed; other faults stay.
    pub(crate) async fn cure(&self, fault: Fault) -> Result<(), Error<B::Error>> {
        match fault {
            Fault::Miss(pointer, level) => {
                let bytes = self.disk.read(pointer.address, 1).await?;
                self.state.borrow_mut().pages.accept(pointer, level, &bytes)?;
                Ok(())
            }
            Fault::Corrupt(corrupt) => Err(Error::Corrupt(corrupt)),
            Fault::NoSpace => Err(Error::NoSpace),
        }
    }
}

/// Says that something in the page or record at `page` makes no sense.
pub(crate) fn corrupt(what: Part, page: u64) -> Corrupt {
    Corrupt { what, page, expected: 0, found: 0 }
}
