//! What may be found in a file system after a crash.
//!
//! Changes that were not synced may be there in any combination: of each path any state that it had since it
//! was made durable, of each byte any value. What must hold:
//!
//! - what was durable and was not changed since is there, whole;
//! - what was moved since may be at its old place, with all that was done to it at the new one;
//! - a file that was durable and only moved since is at one of the places where it was;
//! - nothing is there that was never there.

use std::rc::Rc;

use sarab_crash::{Past, Subject, Trouble};

use super::{Model, Node, Operation};

/// Says if something was found that cannot be there where changes take effect in their order.
///
/// What makes a file and writes to it is two changes.
pub(super) fn in_order<S>(past: &Past<'_, S>, found: &Model, trouble: Trouble) -> Result<(), String>
where
    S: Subject<Operation = Operation, State = Model>,
{
    let is_sync = Operation::is_sync;
    let mut model = past.start.clone();
    let mut states = vec![model.clone()];
    for (place, operation) in past.operations.iter().enumerate().take(past.progress.attempted) {
        let is_acknowledged = place < past.progress.acknowledged;
        if past.refused.contains(&place) {
            continue;
        }
        states.extend(model.between(operation));
        let _ = model.apply(operation);
        if is_sync(operation) && is_acknowledged && trouble != Trouble::Damage {
            states.clear();
        }
        states.push(model.clone());
    }
    if states.contains(found) {
        return Ok(());
    }
    Err(format!("found {found:?}, which is no state after {:?}, or up to {model:?}", states[0]))
}

/// Says if something was found that cannot be there where changes may overtake each other.
pub(super) fn in_any_order<S>(
    past: &Past<'_, S>,
    found: &Model,
    trouble: Trouble,
) -> Result<(), String>
where
    S: Subject<Operation = Operation, State = Model>,
{
    let history = History::new(past, trouble);
    history.nothing_new(found)?;
    let all = history.models.iter().flat_map(|model| model.0.keys());
    let mut paths: Vec<_> = all.collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().try_for_each(|path| history.path(path, found))?;
    history.none_lost(found)
}

/// The states that a crash may go back to.
struct History {
    /// From the last one that is durable as a whole to the last that may have begun.
    models: Vec<Model>,
    /// Operations between them: the first leads from the first model to the second.
    operations: Vec<Operation>,
    /// How many of those were acknowledged.
    acknowledged: usize,
    /// States in which a move has not happened but what came after it has, with the place of the
    /// model that each was made of.
    unmoved: Vec<(usize, Model)>,
}

impl History {
    fn new<S>(past: &Past<'_, S>, trouble: Trouble) -> Self
    where
        S: Subject<Operation = Operation, State = Model>,
    {
        let mut model = past.start.clone();
        let mut history = Self {
            models: vec![model.clone()],
            operations: Vec::new(),
            acknowledged: 0,
            unmoved: Vec::new(),
        };
        for place in 0..past.progress.attempted.min(past.operations.len()) {
            let operation = past.operations[place].inner();
            let is_acknowledged = place < past.progress.acknowledged;
            let is_refused = past.refused.contains(&place);
            if !is_refused {
                let _ = model.apply(operation);
                history.models.push(model.clone());
                history.operations.push(operation.clone());
            }
            let is_sync = matches!(operation, Operation::Sync | Operation::Reopen);
            if is_sync && is_acknowledged && !is_refused && trouble != Trouble::Damage {
                history.models = vec![model.clone()];
                history.operations.clear();
            }
            history.acknowledged = history.operations.len();
            if !is_acknowledged {
                history.acknowledged = history.acknowledged.saturating_sub(1);
            }
        }
        history.unmoved = history.unmoved();
        history
    }

    /// Puts what was moved back to where it was, as it was later.
    fn unmoved(&self) -> Vec<(usize, Model)> {
        let mut unmoved = Vec::new();
        for (place, model) in self.models.iter().enumerate() {
            let mut model = model.clone();
            for operation in self.operations[..place].iter().rev() {
                if let Operation::Rename(from, to) = operation
                    && from != to
                {
                    model.copy(to, from);
                    unmoved.push((place, model.clone()));
                }
            }
        }
        unmoved
    }

    /// Returns all states from the model at `floor` on.
    fn since(&self, floor: usize) -> impl Iterator<Item = &Model> {
        let unmoved = self.unmoved.iter().filter(move |(place, _)| *place >= floor);
        self.models[floor..].iter().chain(unmoved.map(|(_, model)| model))
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
        let was_there = |path: &&String| self.since(0).any(|model| model.0.contains_key(*path));
        match found.0.keys().find(|path| !was_there(path)) {
            Some(path) => Err(format!("`{path}` is found, which was never there: {found:?}")),
            None => Ok(()),
        }
    }

    fn path(&self, path: &str, found: &Model) -> Result<(), String> {
        let versions: Vec<_> = self.since(self.floor(path)).map(|model| model.get(path)).collect();
        let wrong = |what: &str| {
            let last = self.models.last().map(|model| format!("{model:?}")).unwrap_or_default();
            Err(format!("`{path}` {what}: found {found:?}, the last state was {last}"))
        };
        match found.get(path) {
            None if versions.contains(&None) => Ok(()),
            // Its folder may be gone, or may have come back.
            None => wrong("is lost"),
            Some(Node::Folder) if versions.contains(&Some(&Node::Folder)) => Ok(()),
            Some(Node::Folder) => wrong("is a folder"),
            Some(Node::File(data)) => {
                let files = versions.iter().filter_map(|version| match version {
                    Some(Node::File(data)) => Some(data),
                    _ => None,
                });
                let files: Vec<_> = files.collect();
                if files.is_empty() {
                    return wrong("is a file");
                }
                if is_mixture(data, &files) { Ok(()) } else { wrong("holds what it never held") }
            }
        }
    }

    /// A file that was only moved since it was durable is somewhere.
    fn none_lost(&self, found: &Model) -> Result<(), String> {
        for (since, path) in self.durable() {
            let Some(places) = self.places(since, path) else { continue };
            let is_there = places.iter().any(|place| found.file(place).is_some());
            if !is_there {
                return Err(format!("`{path}` is at none of {places:?}: found {found:?}"));
            }
        }
        Ok(())
    }

    /// Returns the files that were durable: with all else, or by themselves, after so many operations.
    fn durable(&self) -> impl Iterator<Item = (usize, &str)> {
        let files = self.models[0].0.iter().filter(|(_, node)| **node != Node::Folder);
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
            let is_in = |folder: &str| now == folder || now.starts_with(&format!("{folder}/"));
            match operation {
                Operation::Rename(from, to) if from == to => {}
                Operation::Rename(from, to) if is_in(from) => {
                    places.push(format!("{to}{}", &now[from.len()..]));
                }
                Operation::Rename(_, to) | Operation::Remove(to) if now == *to => return None,
                _ => {}
            }
        }
        Some(places)
    }
}

/// Returns whether every byte is one that some version had there, or a zero of a gap, and the size is one
/// that the file may have had on the way from one version to the next.
fn is_mixture(data: &[u8], versions: &[&Rc<Vec<u8>>]) -> bool {
    let sizes = versions.iter().map(|version| version.len());
    let (least, most) = (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0));
    if data.len() < least || data.len() > most {
        return false;
    }
    data.iter().enumerate().all(|(at, byte)| {
        versions.iter().any(|version| version.get(at).copied().unwrap_or(0) == *byte)
    })
}
