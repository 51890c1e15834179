//! Where changes may overtake each other: what each name and each file may be.

use std::rc::Rc;

use sarab_crash::{Past, Subject, Trouble};

use super::{
    super::{Model, Node, Operation, belief::is_mixture},
    named::{Named, moved},
};

/// The states that a crash may go back to.
pub(super) struct History {
    /// From the last one that is durable as a whole to the last that may have begun.
    models: Vec<Named>,
    /// Operations between them: the first leads from the first model to the second.
    operations: Vec<Operation>,
    /// How many of those were acknowledged.
    acknowledged: usize,
    /// States beside them, each with the place of the model that it stands beside: in some a move has not
    /// happened but what came after it has, in some a folder has moved before what happened in it, in others a
    /// change that was given up has not been made.
    others: Vec<(usize, Named)>,
}

impl History {
    pub(super) fn new<S>(past: &Past<'_, S>, trouble: Trouble) -> Self
    where
        S: Subject<Operation = Operation, State = Model>,
    {
        let first = Named::new(past.start.clone());
        let mut history = Self {
            models: vec![first],
            operations: Vec::new(),
            acknowledged: 0,
            others: Vec::new(),
        };
        // What there would be if one change or another that was given up had not been made.
        let mut undone = Vec::new();
        let files = past.start.0.len();
        for place in 0..past.progress.attempted.min(past.operations.len()) {
            let is_acknowledged = place < past.progress.acknowledged;
            if !past.refused.contains(&place) {
                let operation = &past.operations[place];
                history.go_on(operation, files + place, &mut undone);
                let is_known = is_acknowledged && trouble != Trouble::Damage;
                if operation.is_whole_sync() && is_known {
                    history.forget(&undone);
                }
            }
            history.acknowledged = history.operations.len();
            if !is_acknowledged {
                history.acknowledged = history.acknowledged.saturating_sub(1);
            }
        }
        history.others.extend(history.unmoved());
        history.others.extend(history.moved_early());
        history
    }

    /// Takes in an operation; `fresh` is the number of a file that it makes.
    fn go_on(&mut self, operation: &Operation, fresh: usize, undone: &mut Vec<Named>) {
        let Some(mut model) = self.models.last().cloned() else { return };
        for other in undone.iter_mut() {
            other.apply(operation, fresh);
        }
        if operation.is_given_up_in_file() {
            undone.push(model.clone());
        }
        model.apply(operation, fresh);
        self.others.extend(undone.iter().map(|other| (self.models.len(), other.clone())));
        self.models.push(model);
        self.operations.push(operation.inner().clone());
    }

    /// Takes in that all is durable.
    fn forget(&mut self, undone: &[Named]) {
        self.models.drain(..self.models.len() - 1);
        self.operations.clear();
        self.others = undone.iter().map(|other| (0, other.clone())).collect();
    }

    pub(super) fn judge(&self, found: &Model) -> Result<(), String> {
        self.nothing_new(found)?;
        let mut paths: Vec<_> = self.since(0).flat_map(|named| named.model.0.keys()).collect();
        paths.sort();
        paths.dedup();
        paths.into_iter().try_for_each(|path| self.path(path, found))?;
        self.none_lost(found)
    }

    /// Puts what was moved back to where it was, as it was later. Its folder may have moved on meanwhile.
    fn unmoved(&self) -> Vec<(usize, Named)> {
        let mut unmoved = Vec::new();
        for (place, model) in self.models.iter().enumerate() {
            let mut model = model.clone();
            let mut later = Vec::new();
            for operation in self.operations[..place].iter().rev() {
                if let Operation::Rename(from, to) = operation
                    && from != to
                {
                    put_back(&mut model, from, to, &later);
                    unmoved.push((place, model.clone()));
                    later.push((*from, *to));
                }
            }
        }
        unmoved
    }

    /// Moves folders that were moved later, so that what was in them before is there as well.
    fn moved_early(&self) -> Vec<(usize, Named)> {
        let mut early = Vec::new();
        let models = self.models.iter().enumerate();
        let others = self.others.iter().map(|(place, named)| (*place, named));
        for (place, named) in models.chain(others) {
            let mut ahead = named.clone();
            for operation in &self.operations[place..] {
                if let Operation::Rename(from, to) = operation
                    && from != to
                    && ahead.model.get(from) == Some(&Node::Folder)
                {
                    ahead.copy(from, to);
                    early.push((place, ahead.clone()));
                }
            }
        }
        early
    }

    /// Returns all states from the model at `floor` on.
    fn since(&self, floor: usize) -> impl Iterator<Item = &Named> {
        let others = self.others.iter().filter(move |(place, _)| *place >= floor);
        self.models[floor..].iter().chain(others.map(|(_, named)| named))
    }

    /// Returns whether `data` is what the file of this number held, or a mixture of that.
    fn has_held(&self, number: usize, floor: usize, data: &[u8]) -> bool {
        let contents: Vec<_> = self.since(floor).flat_map(|named| named.contents(number)).collect();
        is_mixture(data, &contents)
    }

    /// Returns the place of the first model to which `path` may go back.
    fn floor(&self, path: &str) -> usize {
        let acknowledged = &self.operations[..self.acknowledged];
        let is_sync = |operation: &Operation| match operation {
            Operation::SyncFile(synced) => *synced == path,
            _ => false,
        };
        acknowledged.iter().rposition(is_sync).map_or(0, |place| place + 1)
    }

    fn nothing_new(&self, found: &Model) -> Result<(), String> {
        let was_there =
            |path: &&String| self.since(0).any(|named| named.model.0.contains_key(*path));
        match found.0.keys().find(|path| !was_there(path)) {
            Some(path) => Err(format!("`{path}` is found, which was never there: {found:?}")),
            None => Ok(()),
        }
    }

    fn path(&self, path: &str, found: &Model) -> Result<(), String> {
        let floor = self.floor(path);
        let mut versions = self.since(floor).map(|named| named.model.get(path));
        let what = match found.get(path) {
            // Its folder may be gone, or may have come back.
            None if versions.any(|version| version.is_none()) => return Ok(()),
            None => "is lost",
            Some(Node::Folder) if versions.any(|version| version == Some(&Node::Folder)) => {
                return Ok(());
            }
            Some(Node::Folder) => "is a folder",
            Some(Node::File(data)) => {
                let mut numbers: Vec<_> =
                    self.since(floor).filter_map(|named| named.number(path)).collect();
                numbers.sort_unstable();
                numbers.dedup();
                if numbers.iter().any(|number| self.has_held(*number, floor, data)) {
                    return Ok(());
                }
                if numbers.is_empty() { "is a file" } else { "holds what no file there ever held" }
            }
        };
        let last = self.models.last().map(|named| format!("{:?}", named.model)).unwrap_or_default();
        Err(format!("`{path}` {what}: found {found:?}, the last state was {last}"))
    }

    /// A file that was only moved since it was durable is somewhere.
    fn none_lost(&self, found: &Model) -> Result<(), String> {
        for (since, path) in self.durable() {
            let Some(places) = self.places(since, path) else { continue };
            let Some(number) = self.models[since].number(path) else { continue };
            let is_it = |data: &Rc<Vec<u8>>| self.has_held(number, since, data);
            if !places.iter().any(|place| found.file(place).is_some_and(is_it)) {
                return Err(format!("`{path}` is at none of {places:?}: found {found:?}"));
            }
        }
        Ok(())
    }

    /// Returns the files that were durable: with all else, or by themselves, after so many operations.
    fn durable(&self) -> impl Iterator<Item = (usize, &str)> {
        let files = self.models[0].model.0.iter().filter(|(_, node)| **node != Node::Folder);
        let synced = self.operations[..self.acknowledged].iter().enumerate();
        let synced = synced.filter_map(|(place, operation)| match operation {
            Operation::SyncFile(path) => Some((place + 1, *path)),
            _ => None,
        });
        files.map(|(path, _)| (0, path.as_str())).chain(synced)
    }

    /// Returns where a file was after so many operations, or `None` if it was removed or replaced.
    fn places(&self, since: usize, path: &str) -> Option<Vec<String>> {
        let mut places = vec![path.to_string()];
        for operation in &self.operations[since..] {
            let now = places.last()?.clone();
            match operation {
                Operation::Rename(from, to) if from == to => {}
                Operation::Rename(from, to) if moved(&now, from, to).is_some() => {
                    let carried = places.iter().filter_map(|place| carried(place, from, to));
                    let carried: Vec<_> = carried.chain(moved(&now, from, to)).collect();
                    places.extend(carried);
                }
                Operation::Rename(_, to) | Operation::Remove(to) if now == *to => return None,
                _ => {}
            }
        }
        Some(places)
    }
}

/// Puts what was moved `from` one path `to` another back, wherever its folder has come by `later` moves, last first.
fn put_back(model: &mut Named, from: &str, to: &str, later: &[(&str, &str)]) {
    let (mut from, mut to) = (from.to_string(), to.to_string());
    model.copy(&to, &from);
    for (folder, place) in later.iter().rev() {
        from = carried(&from, folder, place).unwrap_or(from);
        to = carried(&to, folder, place).unwrap_or(to);
        model.copy(&to, &from);
    }
}

/// Returns where `path` comes to lie if the `folder` that it is in moves to `place`, or `None` where it stays.
fn carried(path: &str, folder: &str, place: &str) -> Option<String> {
    moved(path, folder, place).filter(|_| path != folder)
}

#[cfg(test)]
mod tests {
    use sarab_crash::Progress;

    use super::*;
    use crate::subject::{fat::FatVolume, files::FilesSubject};

    fn model(file: &str) -> Model {
        let (folder, _) = file.split_once('/').expect("the file is in a folder");
        let data = Node::File(Rc::new(vec![9; 4]));
        Model([(folder.into(), Node::Folder), (file.into(), data)].into())
    }

    fn judge(start: &Model, operations: &[Operation], found: &Model) -> Result<(), String> {
        let progress = Progress { acknowledged: operations.len(), attempted: operations.len() };
        let past: Past<'_, FilesSubject<FatVolume>> =
            Past { start, operations, refused: &[], progress };
        History::new(&past, Trouble::PowerLoss).judge(found)
    }

    #[test]
    fn a_file_may_be_replaced_after_its_folder_moves_and_not_before() {
        let file = |number| Node::File(Rc::new(vec![number; 4]));
        let start = Model(
            [("d".into(), Node::Folder), ("d/x".into(), file(1)), ("d/y".into(), file(2))].into(),
        );
        let moves = [Operation::Rename("d/x", "d/y"), Operation::Rename("d", "e")];
        for (number, is_fine) in [(1, true), (2, true), (3, false)] {
            let found = Model(
                [("e".into(), Node::Folder), ("e/x".into(), file(1)), ("e/y".into(), file(number))]
                    .into(),
            );
            assert_eq!(judge(&start, &moves, &found).is_ok(), is_fine, "{number}");
        }
    }

    #[test]
    fn a_move_may_be_undone_in_a_folder_that_was_moved_after_it() {
        let moves = [Operation::Rename("d/x", "d/y"), Operation::Rename("d", "e")];
        let judge = |file: &str| judge(&model("d/x"), &moves, &model(file));
        for file in ["d/x", "d/y", "e/x", "e/y"] {
            assert_eq!(judge(file), Ok(()));
        }
        for file in ["d/z", "e/z", "f/x"] {
            assert!(judge(file).is_err(), "{file}");
        }
    }
}
