//! The tree of folders and files.

use alloc::{collections::BTreeMap, rc::Rc, string::String, vec::Vec};
use core::cell::RefCell;

use sarab_device::{Entry, EntryKind, key};

use super::Contents;

/// A folder: what stands directly in it, by name.
#[derive(Debug, Default)]
pub(super) struct Folder {
    nodes: BTreeMap<String, Node>,
}

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Node {
    File(Rc<RefCell<Contents>>),
    Folder(Folder),
}

impl Folder {
    /// Returns what is directly in this folder under `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name)
    }

    /// Returns the folder at `path`, which is this one for the empty path.
    pub(super) fn folder(&self, path: &str) -> Option<&Self> {
        segments(path).try_fold(self, |folder, name| match folder.nodes.get(name) {
            Some(Node::Folder(inner)) => Some(inner),
            _ => None,
        })
    }

    pub(super) fn folder_mut(&mut self, path: &str) -> Option<&mut Self> {
        segments(path).try_fold(self, |folder, name| match folder.nodes.get_mut(name) {
            Some(Node::Folder(inner)) => Some(inner),
            _ => None,
        })
    }

    /// Returns what is at `path`; nothing for the empty path.
    pub(super) fn node(&self, path: &str) -> Option<&Node> {
        let (parent, name) = key::split(path);
        self.folder(parent)?.get(name)
    }

    pub(super) fn take(&mut self, path: &str) -> Option<Node> {
        let (parent, name) = key::split(path);
        self.folder_mut(parent)?.nodes.remove(name)
    }

    /// Puts `node` at `path`, in place of what was there. Its folder must be there.
    pub(super) fn put(&mut self, path: &str, node: Node) {
        let (parent, name) = key::split(path);
        if let Some(folder) = self.folder_mut(parent) {
            folder.nodes.insert(name.into(), node);
        }
    }

    pub(super) fn add_file(&mut self, name: &str) -> Rc<RefCell<Contents>> {
        let contents = Rc::default();
        self.nodes.insert(name.into(), Node::File(Rc::clone(&contents)));
        contents
    }

    pub(super) fn add_folder(&mut self, name: &str) {
        self.nodes.insert(name.into(), Node::Folder(Self::default()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        let entry =
            |(name, node): (&String, &Node)| Entry { name: name.clone(), kind: node.kind() };
        self.nodes.iter().map(entry).collect()
    }
}

impl Node {
    fn kind(&self) -> EntryKind {
        match self {
            Self::File(_) => EntryKind::Value,
            Self::Folder(_) => EntryKind::Folder,
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}
