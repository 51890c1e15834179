//! What the store holds, as maps.

use std::{collections::BTreeMap, fmt, rc::Rc};

use sarab_crash::Random;
use sarab_device::ErrorKind;

/// Everything in a store.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) heads: BTreeMap<String, Rc<Keys>>,
    pub(crate) snapshots: BTreeMap<String, Rc<Keys>>,
    /// Which snapshot a head was cloned of, and which head a snapshot was taken of.
    parents: Parents,
}

/// The keys of one state of a head; the flag is for the keyspace that has a name.
pub(crate) type Keys = BTreeMap<(bool, Vec<u8>), Value>;

/// What hangs on what. It is not seen, so it is not compared.
#[derive(Clone, Default)]
struct Parents {
    clones: BTreeMap<String, String>,
    snapshots: BTreeMap<String, String>,
}

impl PartialEq for Parents {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is done to a store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    Commit {
        head: &'static str,
        changes: Vec<Change>,
        how: How,
    },
    Snapshot {
        head: &'static str,
        name: &'static str,
    },
    DeleteSnapshot(&'static str),
    Clone {
        snapshot: &'static str,
        name: &'static str,
    },
    DeleteHead(&'static str),
    Sync,
    Checkpoint,
    /// Syncs, and mounts again.
    Reopen,
    /// Begins it, and gives it up after so many polls.
    GiveUp(u64, Box<Self>),
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    Durable,
    /// Durable, at the same time as those beside it.
    Grouped,
    Relaxed,
    Dropped,
}

/// One change of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Put {
        is_other: bool,
        key: u64,
        value: Value,
    },
    Remove {
        key: u64,
    },
    RemoveRange {
        from: u64,
        to: u64,
    },
    /// Reads within the transaction, which puts its changes into the tree.
    Look {
        key: u64,
    },
}

/// A value by its size and the number that its bytes are made from.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Value {
    size: usize,
    seed: u64,
}

/// Keys that there are, from short ones to long ones, so that pages fill and split.
const KEYS: u64 = 48;
const SNAPSHOTS: [&str; 2] = ["first", "second"];
const MAIN: &str = "main";
const CLONE: &str = "clone";

/// Returns the key of a number; their order is that of the numbers.
pub(super) fn key(number: u64) -> Vec<u8> {
    let mut key = format!("{number:03}").into_bytes();
    let size = usize::try_from(number % 5 * 60).unwrap_or_default();
    key.resize(3 + size, b'k');
    key
}

impl Value {
    /// Returns the value that these bytes are, or one that nothing else is.
    pub(super) fn of(data: &[u8]) -> Self {
        let mut start = [0; 8];
        let size = data.len().min(8);
        start[..size].copy_from_slice(&data[..size]);
        let value = Self { size: data.len(), seed: u64::from_le_bytes(start) };
        if value.data() == data { value } else { Self { size: data.len(), seed: u64::MAX } }
    }

    fn new(size: usize, seed: u64) -> Self {
        // What does not fit cannot be told from the bytes.
        let fits = if size >= 8 { u64::MAX } else { (1 << (size * 8)) - 1 };
        Self { size, seed: seed & fits }
    }

    pub(super) fn data(self) -> Vec<u8> {
        let word = |place: u64| match place {
            0 => self.seed,
            place => self.seed.wrapping_add(place).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        };
        let mut data: Vec<_> =
            (0..self.size.div_ceil(8) as u64).flat_map(|n| word(n).to_le_bytes()).collect();
        data.truncate(self.size);
        data
    }

    /// Returns whether a test writes it part by part.
    pub(super) fn is_streamed(self) -> bool {
        self.size > 4000 && self.seed.is_multiple_of(2)
    }

    fn draw(random: &mut Random) -> Self {
        let sizes = [0, 3, 20, 20, 100, 100, 700, 1800, 2500, 5000, 9000];
        Self::new(*random.pick(&sizes), random.draw())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*{:x}", self.size, self.seed & 0xffff)
    }
}

impl Change {
    fn draw(random: &mut Random) -> Self {
        let key = random.below(KEYS);
        match random.below(10) {
            0..6 => Self::Put { is_other: random.one_in(5), key, value: Value::draw(random) },
            6..8 => Self::Remove { key },
            8 => Self::RemoveRange { from: key, to: key + random.below(12) },
            _ => Self::Look { key },
        }
    }

    fn apply(&self, keys: &mut Keys) {
        match self {
            Self::Put { is_other, key: number, value } => {
                keys.insert((*is_other, key(*number)), *value);
            }
            Self::Remove { key: number } => {
                keys.remove(&(false, key(*number)));
            }
            Self::RemoveRange { from, to } => {
                let (from, to) = (key(*from), key(*to));
                keys.retain(|(is_other, key), _| *is_other || *key < from || *key >= to);
            }
            Self::Look { .. } => {}
        }
    }
}

impl Operation {
    pub(super) const SORTS: [&str; 11] = [
        "commit",
        "small commit",
        "group",
        "relaxed",
        "drop",
        "snapshot",
        "delete snapshot",
        "clone",
        "sync",
        "checkpoint",
        "give up",
    ];

    pub(super) fn draw(sort: usize, random: &mut Random) -> Self {
        let changes = |random: &mut Random, most| -> Vec<_> {
            (0..=random.below(most)).map(|_| Change::draw(random)).collect()
        };
        let head = if random.one_in(5) { CLONE } else { MAIN };
        let name = *random.pick(&SNAPSHOTS);
        match sort {
            0 => Self::Commit { head, changes: changes(random, 8), how: How::Durable },
            1 => Self::Commit { head, changes: changes(random, 1), how: How::Durable },
            2 => Self::Commit { head, changes: changes(random, 3), how: How::Grouped },
            3 => Self::Commit { head, changes: changes(random, 4), how: How::Relaxed },
            4 => Self::Commit { head, changes: changes(random, 4), how: How::Dropped },
            5 => Self::Snapshot { head, name },
            6 if random.one_in(3) => Self::DeleteHead(CLONE),
            6 => Self::DeleteSnapshot(name),
            7 => Self::Clone { snapshot: name, name: CLONE },
            8 => Self::Sync,
            9 if random.one_in(3) => Self::Reopen,
            9 => Self::Checkpoint,
            _ => {
                let inner = match *random.pick(&[0, 0, 1, 3, 5, 6, 7, 8, 9]) {
                    9 => Self::Checkpoint,
                    sort => Self::draw(sort, random),
                };
                Self::GiveUp(random.below(16), Box::new(inner))
            }
        }
    }

    pub(super) fn alphabet() -> Vec<Self> {
        let put =
            |key, size, seed| Change::Put { is_other: false, key, value: Value::new(size, seed) };
        let commit = |changes, how| Self::Commit { head: MAIN, changes, how };
        vec![
            commit(vec![put(0, 20, 1), put(4, 300, 2)], How::Durable),
            commit(vec![put(0, 9000, 3)], How::Durable),
            commit(vec![Change::Remove { key: 0 }], How::Durable),
            commit(vec![put(4, 100, 5)], How::Relaxed),
            commit(vec![put(7, 10, 6)], How::Grouped),
            Self::Snapshot { head: MAIN, name: SNAPSHOTS[0] },
            Self::DeleteSnapshot(SNAPSHOTS[0]),
            Self::Clone { snapshot: SNAPSHOTS[0], name: CLONE },
            Self::Sync,
            Self::Checkpoint,
        ]
    }

    /// Returns whether it and all before it are durable when it completes.
    pub(super) fn is_durable(&self) -> bool {
        !matches!(self, Self::Commit { how: How::Relaxed | How::Dropped, .. } | Self::GiveUp(..))
    }

    pub(super) fn is_grouped(&self) -> bool {
        matches!(self, Self::Commit { how: How::Grouped, .. })
    }

    /// Returns whether it frees and takes nothing, so that a full disk is no reason to refuse it.
    pub(super) fn only_removes(&self) -> bool {
        match self {
            Self::Commit { changes, .. } => {
                !changes.iter().any(|change| matches!(change, Change::Put { .. }))
            }
            Self::DeleteSnapshot(_) | Self::DeleteHead(_) => true,
            Self::GiveUp(_, inner) => inner.only_removes(),
            _ => false,
        }
    }
}

impl Model {
    /// Does an operation, or says with what kind of error it fails and changes nothing.
    pub(super) fn apply(&mut self, operation: &Operation) -> Result<(), ErrorKind> {
        match operation {
            Operation::Commit { head, changes, how } => {
                let keys = self.heads.get_mut(*head).ok_or(ErrorKind::NotFound)?;
                if *how != How::Dropped {
                    let keys = Rc::make_mut(keys);
                    for change in changes {
                        change.apply(keys);
                    }
                }
                Ok(())
            }
            Operation::Snapshot { head, name } => {
                let keys = self.heads.get(*head).cloned().ok_or(ErrorKind::NotFound)?;
                if self.snapshots.contains_key(*name) {
                    return Err(ErrorKind::AlreadyExists);
                }
                self.snapshots.insert((*name).into(), keys);
                self.parents.snapshots.insert((*name).into(), (*head).into());
                Ok(())
            }
            Operation::DeleteSnapshot(name) => self.delete_snapshot(name),
            Operation::Clone { snapshot, name } => {
                let keys = self.snapshots.get(*snapshot).cloned().ok_or(ErrorKind::NotFound)?;
                if self.heads.contains_key(*name) {
                    return Err(ErrorKind::AlreadyExists);
                }
                self.heads.insert((*name).into(), keys);
                self.parents.clones.insert((*name).into(), (*snapshot).into());
                Ok(())
            }
            Operation::DeleteHead(name) => self.delete_head(name),
            Operation::Sync | Operation::Checkpoint | Operation::Reopen => Ok(()),
            Operation::GiveUp(_, inner) => self.apply(inner),
        }
    }

    pub(super) fn has_clone(&self) -> bool {
        self.heads.contains_key(CLONE)
    }

    fn delete_snapshot(&mut self, name: &str) -> Result<(), ErrorKind> {
        if !self.snapshots.contains_key(name) {
            return Err(ErrorKind::NotFound);
        }
        if self.parents.clones.values().any(|snapshot| snapshot == name) {
            return Err(ErrorKind::InUse);
        }
        self.snapshots.remove(name);
        self.parents.snapshots.remove(name);
        Ok(())
    }

    fn delete_head(&mut self, name: &str) -> Result<(), ErrorKind> {
        if !self.heads.contains_key(name) {
            return Err(ErrorKind::NotFound);
        }
        if self.parents.snapshots.values().any(|head| head == name) {
            return Err(ErrorKind::InUse);
        }
        self.heads.remove(name);
        self.parents.clones.remove(name);
        Ok(())
    }
}

/// Keys as text with their values; what is equal to the main head is not said again.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = self.heads.iter().map(|(name, keys)| ("", name, keys));
        let snapshots = self.snapshots.iter().map(|(name, keys)| ("@", name, keys));
        for (sign, name, keys) in heads.chain(snapshots) {
            write!(f, "{sign}{name} {{")?;
            for ((is_other, key), value) in keys.iter() {
                let key: String = key.iter().take(3).map(|byte| char::from(*byte)).collect();
                write!(f, " {}{key}={value:?}", if *is_other { "other." } else { "" })?;
            }
            f.write_str(" } ")?;
        }
        Ok(())
    }
}
