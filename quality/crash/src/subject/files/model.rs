//! What a file system holds, as a map.

use std::{collections::BTreeMap, fmt, rc::Rc};

use sarab_device::{ErrorKind, key};

use super::Operation;

/// Everything in a file system, by path.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Model(pub(crate) BTreeMap<String, Node>);

/// What stands under a name.
#[derive(Clone, PartialEq)]
pub(crate) enum Node {
    Folder,
    File(Rc<Vec<u8>>),
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
            Operation::Create(path) => self.create(path),
            Operation::Sync | Operation::Reopen => Ok(()),
            Operation::Meanwhile(inner) => self.apply(inner),
            Operation::GiveUp(_, inner) => {
                if let Operation::Write { path, .. } = &**inner {
                    self.change(path, |_| ())?; // it is not made
                }
                self.apply(inner)
            }
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
        if matches!(operation, Operation::GiveUp(..)) {
            return None;
        }
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
