//! The way from the top of a tree to a leaf.

use alloc::{rc::Rc, vec::Vec};

use crate::{
    format::pointer::{Pointer, Top},
    page::Page,
    pages::{Fault, Pages},
};

/// The most levels that a tree can have, and one.
const LEVELS: usize = 26;

/// The way from the top to a leaf.
pub(super) struct Path {
    steps: [Step; LEVELS],
    len: usize,
}

/// A page on the way, and which of its children comes next.
#[derive(Clone, Copy, Default)]
pub(super) struct Step {
    pub(super) pointer: Pointer,
    pub(super) at: usize,
}

impl Path {
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps[..self.len]
    }

    pub(super) fn steps_mut(&mut self) -> &mut [Step] {
        &mut self.steps[..self.len]
    }

    pub(super) fn leaf(&self) -> Pointer {
        self.steps[self.len - 1].pointer
    }

    fn push(&mut self, step: Step) {
        self.steps[self.len] = step;
        self.len += 1;
    }
}

/// Where the keys of a leaf end on one side: the key that the next leaf there has to do with.
#[derive(Debug, Default)]
pub(crate) struct Fence {
    pub(crate) key: Vec<u8>,
    /// Whether there is a next leaf.
    pub(crate) is_set: bool,
}

impl Fence {
    fn set(&mut self, place: Option<(&Rc<Page>, usize)>) {
        self.is_set = place.is_some();
        if let Some((page, at)) = place {
            page.read_key(at, &mut self.key);
        }
    }
}

impl Pages {
    /// Returns the leaf and the place in it of `key`, if it is there. The tree is not empty.
    pub(crate) fn lookup(&self, top: Top, key: &[u8]) -> Result<Option<(&Rc<Page>, usize)>, Fault> {
        let (mut pointer, mut level) = (top.pointer, top.level);
        loop {
            let page = self.page(pointer, level)?;
            if level == 0 {
                return Ok(page.find(key).ok().map(|at| (page, at)));
            }
            pointer = page.child(page.child_of(key));
            level -= 1;
        }
    }

    /// Returns the leaf that holds `key`, or would, and where that leaf ends.
    pub(crate) fn leaf_from(
        &self,
        top: Top,
        key: &[u8],
        end: &mut Fence,
    ) -> Result<Rc<Page>, Fault> {
        let (mut pointer, mut level) = (top.pointer, top.level);
        let mut next = None;
        loop {
            let page = self.page(pointer, level)?;
            if level == 0 {
                end.set(next);
                return Ok(Rc::clone(page));
            }
            let at = page.child_of(key);
            if at + 1 < page.len() {
                next = Some((page, at + 1));
            }
            pointer = page.child(at);
            level -= 1;
        }
    }

    /// Returns the last leaf that holds keys less than `key`, or the last of all, and where that leaf starts.
    pub(crate) fn leaf_before(
        &self,
        top: Top,
        key: Option<&[u8]>,
        start: &mut Fence,
    ) -> Result<Rc<Page>, Fault> {
        let (mut pointer, mut level) = (top.pointer, top.level);
        let mut this = None;
        loop {
            let page = self.page(pointer, level)?;
            if level == 0 {
                start.set(this);
                return Ok(Rc::clone(page));
            }
            let at = key.map_or(page.len() - 1, |key| page.child_before(key));
            if at > 0 {
                this = Some((page, at));
            }
            pointer = page.child(at);
            level -= 1;
        }
    }

    /// Returns the way to the leaf that holds `key`, or would. The tree is not empty.
    pub(super) fn descend(&self, top: Top, key: &[u8]) -> Result<Path, Fault> {
        let mut path = Path { steps: [Step::default(); LEVELS], len: 0 };
        let (mut pointer, mut level) = (top.pointer, top.level);
        while level > 0 {
            let page = self.page(pointer, level)?;
            let at = page.child_of(key);
            path.push(Step { pointer, at });
            pointer = page.child(at);
            level -= 1;
        }
        self.page(pointer, 0)?;
        path.push(Step { pointer, at: 0 });
        Ok(path)
    }
}
