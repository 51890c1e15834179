//! What is in a file system, as a user sees it.

use std::{collections::BTreeMap, fmt};

/// All names and all files. Inodes are numbered in the order of their first names, so that equal file
/// systems are equal here.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Files {
    names: BTreeMap<String, Node>,
    data: BTreeMap<u64, Vec<u8>>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node {
    Folder,
    File { inode: u64, links: u32 },
}

/// A change that happens as a whole.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Create(&'static str),
    Folder(&'static str),
    /// The path, the offset, the size and the byte.
    Write(&'static str, usize, usize, u8),
    /// The path and the size.
    Cut(&'static str, usize),
    Remove(&'static str),
    Rename(&'static str, &'static str),
    Link(&'static str, &'static str),
}

impl Files {
    /// Notes a name that was found.
    pub(crate) fn insert(&mut self, path: &str, node: Node) {
        self.names.insert(path.trim_start_matches('/').into(), node);
    }

    /// Notes what was found in a file.
    pub(crate) fn fill(&mut self, inode: u64, data: Vec<u8>) {
        self.data.insert(inode, data);
    }

    /// Returns whether there is a file at `path`.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        self.inode(path).is_some()
    }

    /// Makes a change, if it is possible, and returns whether it is.
    pub(crate) fn apply(&mut self, change: &Change) -> bool {
        let done = match *change {
            Change::Create(path) => self.create(path),
            Change::Folder(path) => self.folder(path),
            Change::Write(path, offset, size, byte) => self.write(path, offset, size, byte),
            Change::Cut(path, size) => self.cut(path, size),
            Change::Remove(path) => self.remove(path),
            Change::Rename(from, to) => self.rename(from, to),
            Change::Link(from, to) => self.link(from, to),
        };
        self.number();
        self.count_links();
        done.is_some()
    }

    fn inode(&self, path: &str) -> Option<u64> {
        match self.names.get(path)? {
            Node::File { inode, .. } => Some(*inode),
            Node::Folder => None,
        }
    }

    /// Returns whether something new can stand at `path`.
    fn has_place(&self, path: &str) -> Option<()> {
        let in_folder = match path.rsplit_once('/') {
            Some((parent, _)) => self.names.get(parent) == Some(&Node::Folder),
            None => true,
        };
        (in_folder && !self.names.contains_key(path)).then_some(())
    }

    fn create(&mut self, path: &str) -> Option<()> {
        self.has_place(path)?;
        let inode = self.data.keys().last().map_or(0, |last| last + 1);
        self.data.insert(inode, Vec::new());
        self.names.insert(path.into(), Node::File { inode, links: 1 });
        Some(())
    }

    fn folder(&mut self, path: &str) -> Option<()> {
        self.has_place(path)?;
        self.names.insert(path.into(), Node::Folder);
        Some(())
    }

    fn write(&mut self, path: &str, offset: usize, size: usize, byte: u8) -> Option<()> {
        let data = self.data.get_mut(&self.names.get(path).and_then(Node::inode)?)?;
        data.resize(data.len().max(offset + size), 0);
        data[offset..offset + size].fill(byte);
        Some(())
    }

    fn cut(&mut self, path: &str, size: usize) -> Option<()> {
        let inode = self.inode(path)?;
        self.data.get_mut(&inode)?.resize(size, 0);
        Some(())
    }

    fn remove(&mut self, path: &str) -> Option<()> {
        let inside = format!("{path}/");
        let is_empty = !self.names.keys().any(|name| name.starts_with(&inside));
        self.names.get(path).filter(|_| is_empty)?;
        self.names.remove(path);
        Some(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Option<()> {
        let moved = *self.names.get(from)?;
        if from == to {
            return Some(());
        }
        let replaces = moved != Node::Folder && self.is_file(to);
        if to.starts_with(&format!("{from}/")) || !replaces && self.has_place(to).is_none() {
            return None;
        }
        let inside = format!("{from}/");
        let names = std::mem::take(&mut self.names).into_iter();
        let renamed = names.map(|(name, node)| match name.strip_prefix(&inside) {
            Some(rest) => (format!("{to}/{rest}"), node),
            None => (name, node),
        });
        self.names = renamed.filter(|(name, _)| name != from && name != to).collect();
        self.names.insert(to.into(), moved);
        Some(())
    }

    fn link(&mut self, from: &str, to: &str) -> Option<()> {
        self.inode(from)?;
        self.has_place(to)?;
        self.names.insert(to.into(), *self.names.get(from)?);
        Some(())
    }

    /// Counts the names of each file. What was found tells its own count, which may be wrong.
    fn count_links(&mut self) {
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        for inode in self.names.values().filter_map(Node::inode) {
            *counts.entry(inode).or_default() += 1;
        }
        for node in self.names.values_mut() {
            if let Node::File { inode, links } = node {
                *links = counts.get(inode).copied().unwrap_or_default();
            }
        }
    }

    /// Numbers inodes anew, and forgets those without a name.
    pub(crate) fn number(&mut self) {
        let mut numbers: BTreeMap<u64, u64> = BTreeMap::new();
        for node in self.names.values_mut() {
            if let Node::File { inode, .. } = node {
                let next = numbers.len() as u64;
                *inode = *numbers.entry(*inode).or_insert(next);
            }
        }
        let data = std::mem::take(&mut self.data).into_iter();
        self.data = data.filter_map(|(inode, data)| Some((*numbers.get(&inode)?, data))).collect();
    }
}

impl fmt::Debug for Files {
    /// Shows names, and bytes as runs of equal ones.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = |data: &Vec<u8>| {
            let run = |run: &[u8]| (run.len(), run[0]);
            data.chunk_by(|one, next| one == next).take(8).map(run).collect::<Vec<_>>()
        };
        let data: BTreeMap<_, _> =
            self.data.iter().map(|(inode, data)| (inode, runs(data))).collect();
        write!(f, "{:?} with {data:?}", self.names)
    }
}

impl Node {
    fn inode(&self) -> Option<u64> {
        match self {
            Self::File { inode, .. } => Some(*inode),
            Self::Folder => None,
        }
    }
}
