//! What a file system holds, as a map.

use std::{collections::BTreeMap, fmt, rc::Rc};

use sarab_crash::Random;
use sarab_device::{ErrorKind, key};

/// Everything in a file system, by path.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Model(pub(crate) BTreeMap<String, Node>);

/// What stands under a name.
#[derive(Clone, PartialEq)]
pub(crate) enum Node {
    Folder,
    File(Rc<Vec<u8>>),
}

/// What is done to a file system.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    /// Makes the file if it is not there, and writes to it.
    Write {
        path: &'static str,
        offset: usize,
        size: usize,
        seed: usize,
    },
    Resize {
        path: &'static str,
        size: usize,
    },
    Folder(&'static str),
    Remove(&'static str),
    Rename(&'static str, &'static str),
    SyncFile(&'static str),
    Sync,
    /// Syncs, and opens the file system again.
    Reopen,
    /// Does it while another task syncs.
    Meanwhile(Box<Self>),
    /// Begins to sync, and gives that up after so many polls.
    GiveUp(u64),
}

/// Few names, so that operations meet; some are too long for a short name, or not of its letters.
const FILES: [&str; 7] = [
    "A",
    "B.TXT",
    "a long name of a file.data",
    "d/x",
    "d/\u{fc}ber lange Namen.txt",
    "d/e/y",
    "d/A",
];
const FOLDERS: [&str; 3] = ["d", "d/e", "another folder"];

impl Operation {
    pub(super) const SORTS: [&str; 10] = [
        "write",
        "append",
        "resize",
        "folder",
        "remove",
        "rename",
        "sync file",
        "sync",
        "meanwhile",
        "give up",
    ];

    pub(super) fn draw(sort: usize, random: &mut Random) -> Self {
        let path = *random.pick(&FILES);
        let any = if random.one_in(4) { *random.pick(&FOLDERS) } else { path };
        let other = *random.pick(&FILES);
        let sizes = [1, 100, 511, 512, 513, 1500, 4096, 9000];
        let offset = *random.pick(&[0, 0, 0, 300, 512, 2000]);
        match sort {
            0 => {
                let size = *random.pick(&sizes);
                Self::Write { path, offset, size, seed: random.place(200) }
            }
            1 => Self::Write { path, offset: 700, size: 700, seed: random.place(200) },
            2 => Self::Resize { path, size: *random.pick(&[0, 1, 600, 3000]) },
            3 => Self::Folder(random.pick::<&str>(&FOLDERS)),
            4 => Self::Remove(any),
            5 if random.one_in(4) => Self::Rename(any, random.pick::<&str>(&FOLDERS)),
            5 => Self::Rename(any, other),
            6 => Self::SyncFile(path),
            8 => Self::Meanwhile(Box::new(Self::draw(random.place(6), random))),
            9 => Self::GiveUp(random.below(12)),
            _ if random.one_in(4) => Self::Reopen,
            _ => Self::Sync,
        }
    }

    pub(super) fn alphabet() -> Vec<Self> {
        let write = |path, size, seed| Self::Write { path, offset: 0, size, seed };
        vec![
            write(FILES[0], 700, 1),
            write(FILES[0], 1500, 2),
            write(FILES[2], 600, 3),
            Self::Folder("d"),
            write("d/x", 5, 4),
            Self::Remove(FILES[0]),
            Self::Rename(FILES[0], FILES[2]),
            Self::Rename(FILES[2], "d/x"),
            Self::Resize { path: FILES[0], size: 100 },
            Self::SyncFile(FILES[0]),
            Self::Sync,
        ]
    }

    /// Returns whether it makes durable what was done, and changes nothing.
    pub(super) fn is_sync(&self) -> bool {
        matches!(self, Self::Sync | Self::SyncFile(_) | Self::Reopen)
    }

    /// Returns whether a full disk is no reason for it to fail.
    pub(super) fn needs_no_space(&self) -> bool {
        self.is_sync() || matches!(self.inner(), Self::Remove(_) | Self::GiveUp(_))
    }

    /// Returns what it does, whatever else is going on.
    pub(super) fn inner(&self) -> &Self {
        if let Self::Meanwhile(inner) = self { inner } else { self }
    }

    /// Returns what a write writes: no two writes the same at one place, so far as it goes.
    pub(super) fn data(&self) -> Vec<u8> {
        let Self::Write { size, seed, .. } = self else { return Vec::new() };
        let byte = |at: usize| u8::try_from((seed + at / 512 * 31) % 251 + 1).unwrap_or(1);
        (0..*size).map(byte).collect()
    }
}

impl Model {
    /// Returns the bytes of all files.
    pub(super) fn size_bytes(&self) -> usize {
        let size = |node: &Node| if let Node::File(data) = node { data.len() } else { 0 };
        self.0.values().map(size).sum()
    }

    /// Returns what is at `path`.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        self.0.get(path)
    }

    /// Returns the file at `path`.
    pub(super) fn file(&self, path: &str) -> Option<&Rc<Vec<u8>>> {
        if let Some(Node::File(data)) = self.get(path) { Some(data) } else { None }
    }

    /// Does an operation, or says with what kind of error it fails and changes nothing.
    pub(super) fn apply(&mut self, operation: &Operation) -> Result<(), ErrorKind> {
        match operation {
            Operation::Write { path, offset, .. } => {
                self.create(path)?;
                let data = operation.data();
                self.change(path, |file| {
                    file.resize(file.len().max(offset + data.len()), 0);
                    file[*offset..offset + data.len()].copy_from_slice(&data);
                })
            }
            Operation::Resize { path, size } => self.change(path, |file| file.resize(*size, 0)),
            Operation::Folder(path) => {
                self.parent(path)?;
                if self.get(path).is_some() {
                    return Err(ErrorKind::AlreadyExists);
                }
                self.0.insert((*path).into(), Node::Folder);
                Ok(())
            }
            Operation::Remove(path) => self.remove(path),
            Operation::Rename(from, to) => self.rename(from, to),
            Operation::SyncFile(path) => self.change(path, |_| ()),
            Operation::Sync | Operation::Reopen | Operation::GiveUp(_) => Ok(()),
            Operation::Meanwhile(inner) => self.apply(inner),
        }
    }

    /// Puts what is at `from`, with all that is in it, at `to` as well.
    pub(super) fn copy(&mut self, from: &str, to: &str) {
        let below = format!("{from}/");
        let is_in = |path: &&String| *path == from || path.starts_with(&below);
        let paths: Vec<String> = self.0.keys().filter(is_in).cloned().collect();
        for path in paths {
            if let Some(node) = self.0.get(&path).cloned() {
                self.0.insert(format!("{to}{}", &path[from.len()..]), node);
            }
        }
    }

    /// Returns the state in the middle of an operation that is two changes.
    pub(super) fn between(&self, operation: &Operation) -> Option<Self> {
        let Operation::Write { path, .. } = operation.inner() else { return None };
        let mut between = self.clone();
        between.create(path).ok()?;
        Some(between)
    }

    /// Fails if the folder of `path` is not there.
    fn parent(&self, path: &str) -> Result<(), ErrorKind> {
        let (parent, _) = key::split(path);
        match self.get(parent) {
            Some(Node::Folder) => Ok(()),
            _ if parent.is_empty() => Ok(()),
            _ => Err(ErrorKind::NotFound),
        }
    }

    fn create(&mut self, path: &str) -> Result<(), ErrorKind> {
        self.parent(path)?;
        match self.get(path) {
            Some(Node::Folder) => Err(ErrorKind::InvalidInput),
            Some(Node::File(_)) => Ok(()),
            None => {
                self.0.insert(path.into(), Node::File(Rc::default()));
                Ok(())
            }
        }
    }

    fn change(&mut self, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), ErrorKind> {
        match self.0.get_mut(path) {
            Some(Node::File(data)) => {
                change(Rc::make_mut(data));
                Ok(())
            }
            Some(Node::Folder) => Err(ErrorKind::InvalidInput),
            None => Err(ErrorKind::NotFound),
        }
    }

    fn remove(&mut self, path: &str) -> Result<(), ErrorKind> {
        match self.get(path) {
            None => Err(ErrorKind::NotFound),
            Some(Node::Folder) if self.inside(path).next().is_some() => {
                Err(ErrorKind::InvalidInput)
            }
            Some(_) => {
                self.0.remove(path);
                Ok(())
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), ErrorKind> {
        let Some(node) = self.get(from).cloned() else { return Err(ErrorKind::NotFound) };
        self.parent(to)?;
        if to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
            return Err(ErrorKind::InvalidInput);
        }
        match (&node, self.get(to)) {
            _ if from == to => return Ok(()),
            (_, Some(Node::Folder)) | (Node::Folder, Some(_)) => {
                return Err(ErrorKind::AlreadyExists);
            }
            _ => {}
        }
        let moved: Vec<_> = self.inside(from).map(|(path, _)| path.clone()).collect();
        for path in moved {
            if let Some(node) = self.0.remove(&path) {
                self.0.insert(format!("{to}{}", &path[from.len()..]), node);
            }
        }
        self.0.remove(from);
        self.0.insert(to.into(), node);
        Ok(())
    }

    /// Returns all that lies below the folder `path`.
    fn inside<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a String, &'a Node)> {
        let below =
            move |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.0.iter().filter(move |(name, _)| below(name))
    }
}

/// A list of paths with sizes, and what the sectors of a file begin with.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (path, node) in &self.0 {
            match node {
                Node::Folder => write!(f, " {path}/")?,
                Node::File(data) => {
                    let starts: Vec<_> = data.iter().step_by(512).take(9).collect();
                    write!(f, " {path}: {} {starts:?}", data.len())?;
                }
            }
        }
        f.write_str(" }")
    }
}
