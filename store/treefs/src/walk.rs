//! Following a path from the root, through symbolic links.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Range;

use crate::inode::{Found, ROOT};

/// Symbolic links that are followed on one way, as on Linux; whoever meets more goes in a circle.
const FOLLOWED_MAX: u32 = 40;

/// The most bytes in the target of a symbolic link.
const TARGET_BYTES_MAX: usize = 1024;

/// Returns whether a symbolic link may stand for `target`.
pub(crate) fn is_target(target: &str) -> bool {
    (1..=TARGET_BYTES_MAX).contains(&target.len()) && !target.contains('\0')
}

/// What is done with a symbolic link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// It is followed.
    Followed,
    /// It is what the path leads to.
    Kept,
}

/// Where a path has led.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The folders from the root down to the one in which it is.
    pub(crate) folders: Vec<u64>,
    /// Its name there; empty for the root, and where a link ended in `.` or `..`.
    pub(crate) name: String,
    /// What is there.
    pub(crate) found: Option<Found>,
}

impl Place {
    /// Returns the folder in which it is.
    pub(crate) fn folder(&self) -> u64 {
        self.folders.last().copied().unwrap_or(ROOT)
    }
}

/// A path, so far as it has been followed.
#[derive(Debug)]
pub(crate) struct Walk<'p> {
    path: Cow<'p, str>,
    /// Where in `path` the present name stands.
    name: Range<usize>,
    /// The folders above it. The root is not among them.
    folders: Vec<u64>,
    followed: u32,
}

impl<'p> Walk<'p> {
    pub(crate) fn new(path: &'p str) -> Self {
        Self { path: Cow::Borrowed(path), name: 0..0, folders: Vec::new(), followed: 0 }
    }

    /// Goes on to the next name, and returns whether there is one.
    pub(crate) fn advance(&mut self) -> bool {
        loop {
            let start = self.skip(self.name.end, |byte| byte == b'/');
            self.name = start..self.skip(start, |byte| byte != b'/');
            match self.name() {
                "" => return false,
                "." => {}
                ".." => drop(self.folders.pop()),
                _ => return true,
            }
        }
    }

    /// Returns the present name.
    pub(crate) fn name(&self) -> &str {
        &self.path[self.name.clone()]
    }

    /// Returns the folder that the present name is in.
    pub(crate) fn folder(&self) -> u64 {
        self.folders.last().copied().unwrap_or(ROOT)
    }

    /// Returns whether nothing follows the present name.
    pub(crate) fn is_last(&self) -> bool {
        self.skip(self.name.end, |byte| byte == b'/') == self.path.len()
    }

    /// Goes into the folder that the present name leads to.
    pub(crate) fn enter(&mut self, folder: u64) {
        self.folders.push(folder);
    }

    /// Goes on by the target of a link in place of the present name, or returns `None` if that
    /// happens too often.
    pub(crate) fn follow(&mut self, target: &str) -> Option<()> {
        self.followed += 1;
        if target.starts_with('/') {
            self.folders.clear();
        }
        self.path = Cow::Owned([target, &self.path[self.name.end..]].concat());
        self.name = 0..0;
        (self.followed <= FOLLOWED_MAX).then_some(())
    }

    /// Ends at the present name, under which `found` is.
    pub(crate) fn end(self, found: Option<Found>) -> Place {
        let name = self.name().to_string();
        let mut folders = self.folders;
        folders.insert(0, ROOT);
        Place { folders, name, found }
    }

    fn skip(&self, from: usize, is_skipped: impl Fn(u8) -> bool) -> usize {
        let rest = &self.path.as_bytes()[from..];
        let count = rest.iter().position(|byte| !is_skipped(*byte)).unwrap_or(rest.len());
        from + count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_each_other() {
        let mut walk = Walk::new("a/b");
        assert!(walk.advance());
        assert_eq!((walk.name(), walk.folder(), walk.is_last()), ("a", ROOT, false));
        walk.enter(7);
        assert!(walk.advance());
        assert_eq!((walk.name(), walk.folder(), walk.is_last()), ("b", 7, true));
        assert!(!walk.advance());
    }

    #[test]
    fn a_target_stands_in_place_of_the_link() {
        for (target, names, folders) in [
            ("x/y", "x y end", &[1, 2][..]),
            ("../x", "x end", &[1]),
            ("/x", "x end", &[]),
            (".././/x/", "x end", &[1]),
            ("..", "end", &[1]),
            ("../../../..", "end", &[]),
        ] {
            let mut walk = Walk::new("f/g/link/end");
            for folder in 1..=2 {
                walk.advance();
                walk.enter(folder);
            }
            walk.advance();
            walk.follow(target).unwrap();
            let mut seen = Vec::new();
            while walk.advance() {
                seen.push(walk.name().to_string());
            }
            assert_eq!((seen.join(" ").as_str(), &walk.folders[..]), (names, folders), "{target}");
        }
    }

    #[test]
    fn a_circle_ends() {
        let mut walk = Walk::new("a");
        for _ in 0..FOLLOWED_MAX {
            assert!(walk.advance());
            assert_eq!(walk.follow("a"), Some(()));
        }
        assert!(walk.advance());
        assert_eq!(walk.follow("a"), None);
    }
}
