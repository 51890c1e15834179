//! What may be found in a file system after a crash.
//!
//! Changes that were not synced may be there in any combination: of each path any state that it had since it
//! was made durable, of each byte any value. What must hold:
//!
//! - what was durable and was not changed since is there, whole;
//! - what was moved since may be at its old place, with all that was done to it at the new one;
//! - a file that was durable and only moved since is at one of the places where it was;
//! - what is under a name is one file: where one took the place of another, it is either, and no mixture;
//! - nothing is there that was never there.

use sarab_crash::{Past, Subject, Trouble};

use super::{Model, Operation};

mod history;
mod named;

use history::History;

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
    History::new(past, trouble).judge(found)
}
