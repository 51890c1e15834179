//! What a file system may hold while some of it is not known.

use std::rc::Rc;

use sarab_device::ErrorKind;

use super::{Model, Node, Operation};

/// What is in a file system, as far as requests that were given up leave it known.
///
/// A change of a file that was given up may have been made in part, and go on to be made until the next
/// sync. Which files there are is known in any case.
#[derive(Clone)]
pub(super) struct Belief {
    /// What is there if all was done.
    pub(super) model: Model,
    /// What is there if some of it was not done.
    pub(super) others: Vec<Model>,
}

impl Belief {
    pub(super) fn new(model: Model) -> Self {
        Self { model, others: Vec::new() }
    }

    /// Does an operation, as [`Model::apply`] does.
    pub(super) fn apply(&mut self, operation: &Operation) -> Result<(), ErrorKind> {
        self.model.apply(operation)?;
        for other in &mut self.others {
            let _ = other.apply(operation); // the same names are there, so it does not fail either
        }
        Ok(())
    }

    /// Does an operation, or does not.
    pub(super) fn apply_or_not(&mut self, operation: &Operation) {
        let before = self.clone();
        if self.apply(operation).is_ok() {
            self.others.push(before.model);
            self.others.extend(before.others);
            self.others.dedup();
        }
    }

    /// Returns the most bytes that all files may have.
    pub(super) fn size_bytes(&self) -> usize {
        let sizes = self.others.iter().map(Model::size_bytes);
        sizes.fold(self.model.size_bytes(), usize::max)
    }

    /// Takes in what was seen after everything has landed.
    pub(super) fn learn(&mut self, seen: &Model) {
        *self = Self::new(seen.clone());
    }

    /// Returns whether `seen` may be what is there.
    pub(super) fn accepts(&self, seen: &Model) -> bool {
        if self.others.is_empty() {
            return *seen == self.model;
        }
        seen.0.keys().eq(self.model.0.keys())
            && seen.0.iter().all(|(path, node)| self.accepts_at(path, node))
    }

    fn accepts_at(&self, path: &str, node: &Node) -> bool {
        let Node::File(data) = node else { return self.model.get(path) == Some(node) };
        let all = [&self.model].into_iter().chain(&self.others);
        let versions: Vec<_> = all.filter_map(|model| model.file(path)).collect();
        is_mixture(data, &versions)
    }
}

/// Returns whether every byte is one that some version had there, or a zero of a gap, and the size is one
/// that the file may have had on the way from one version to the next.
pub(super) fn is_mixture(data: &[u8], versions: &[&Rc<Vec<u8>>]) -> bool {
    let sizes = versions.iter().map(|version| version.len());
    let (Some(least), Some(most)) = (sizes.clone().min(), sizes.max()) else { return false };
    if data.len() < least || data.len() > most {
        return false;
    }
    data.iter().enumerate().all(|(at, byte)| {
        versions.iter().any(|version| version.get(at).copied().unwrap_or(0) == *byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a write of so many bytes to the file `A`, which is given up.
    fn given_up(size: usize, seed: usize) -> Operation {
        let write = Operation::Write { path: "A", offset: 0, size, seed };
        Operation::GiveUp(1, Box::new(write))
    }

    fn model(bytes: &[u8]) -> Model {
        Model([("A".into(), Node::File(Rc::new(bytes.to_vec())))].into())
    }

    #[test]
    fn a_write_that_was_given_up_is_there_in_any_part_and_nothing_else_is() {
        let mut belief = Belief::new(model(&[9; 4]));
        belief.apply_or_not(&given_up(6, 4)); // writes fives
        for bytes in [&[9, 9, 9, 9][..], &[5; 6], &[5, 9, 9, 5], &[9, 9, 9, 9, 0, 5]] {
            assert!(belief.accepts(&model(bytes)), "{bytes:?}");
        }
        for bytes in [&[9, 9, 9][..], &[5; 7], &[9, 9, 9, 0], &[5, 7, 5, 5]] {
            assert!(!belief.accepts(&model(bytes)), "{bytes:?}");
        }
        assert!(!belief.accepts(&Model::default()));
    }

    #[test]
    fn what_was_written_since_and_what_was_seen_after_a_sync_is_known() {
        let mut belief = Belief::new(model(&[9; 4]));
        belief.apply_or_not(&given_up(4, 4));
        let over = Operation::Write { path: "A", offset: 0, size: 2, seed: 6 };
        assert_eq!(belief.apply(&over), Ok(()));
        assert!(belief.accepts(&model(&[7, 7, 9, 5])) && !belief.accepts(&model(&[9, 7, 9, 5])));
        belief.learn(&model(&[7, 7, 9, 5]));
        assert!(belief.accepts(&model(&[7, 7, 9, 5])) && !belief.accepts(&model(&[7, 7, 5, 5])));
    }

    #[test]
    fn a_write_that_is_given_up_makes_no_file() {
        assert_eq!(Model::default().apply(&given_up(6, 4)), Err(ErrorKind::NotFound));
    }
}
