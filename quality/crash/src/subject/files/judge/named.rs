//! Which file is which, whatever it is called.

use std::{collections::BTreeMap, rc::Rc};

use super::super::{Model, Node, Operation};

/// A state in which each file has a number that it keeps when it moves.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) model: Model,
    files: BTreeMap<String, usize>,
}

impl Named {
    pub(super) fn new(model: Model) -> Self {
        let paths = model.0.iter().filter(|(_, node)| **node != Node::Folder);
        let files = paths.enumerate().map(|(number, (path, _))| (path.clone(), number)).collect();
        Self { model, files }
    }

    /// Returns the number of the file at `path`.
    pub(super) fn number(&self, path: &str) -> Option<usize> {
        self.files.get(path).copied()
    }

    /// Returns what the file of this number holds, wherever it is.
    pub(super) fn contents(&self, number: usize) -> impl Iterator<Item = &Rc<Vec<u8>>> {
        let paths = self.files.iter().filter(move |(_, other)| **other == number);
        paths.filter_map(|(path, _)| self.model.file(path))
    }

    /// Does an operation; `fresh` is the number of a file that it makes.
    pub(super) fn apply(&mut self, operation: &Operation, fresh: usize) {
        if self.model.apply(operation).is_err() {
            return;
        }
        let paths = self.model.0.iter().filter(|(_, node)| **node != Node::Folder);
        let number = |path: &String| {
            let before = match operation.inner() {
                Operation::Rename(from, to) => moved(path, to, from),
                _ => None,
            };
            let before = before.as_ref().unwrap_or(path);
            (path.clone(), self.number(before).unwrap_or(fresh))
        };
        self.files = paths.map(|(path, _)| number(path)).collect();
    }

    /// Puts what is at `from`, with all that is in it, at `to` as well.
    pub(super) fn copy(&mut self, from: &str, to: &str) {
        self.model.copy(from, to);
        let copies = self.files.iter();
        let copies = copies.filter_map(|(path, number)| Some((moved(path, from, to)?, *number)));
        let copies: Vec<_> = copies.collect();
        self.files.extend(copies);
    }
}

/// Returns what `path` becomes where `from` becomes `to`, or `None` where it stays.
pub(super) fn moved(path: &str, from: &str, to: &str) -> Option<String> {
    let rest = path.strip_prefix(from)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
}
