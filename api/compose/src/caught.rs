//! Running a user's closure so that its panic becomes a diagnostic.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::plan::Origin;
use crate::protocol::Diagnostic;

thread_local! {
    /// How many closures are being watched on this thread, one within another.
    static WATCHED: Cell<usize> = const { Cell::new(0) };
    /// Where the last of them panicked.
    static PLACE: RefCell<Option<Origin>> = const { RefCell::new(None) };
}

/// Runs `closure`, which is `what` and was `said` ("given here") at `origin`; a panic in it is an
/// error that names both.
pub(crate) fn caught<R>(
    what: &str,
    (origin, said): (&Origin, &str),
    closure: impl FnOnce() -> R,
) -> Result<R, Diagnostic> {
    watch_panics();
    WATCHED.set(WATCHED.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(closure));
    WATCHED.set(WATCHED.get() - 1);
    result.map_err(|payload| {
        let diagnostic = Diagnostic::new(format!("{what} panicked: {}", text(payload.as_ref())));
        match PLACE.take().filter(|place| place != origin) {
            Some(place) => diagnostic.at(&place, "panicked here").at(origin, said),
            None => diagnostic.at(origin, said),
        }
    })
}

/// Makes panics of watched closures leave their place instead of a report on standard error.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if WATCHED.get() == 0 {
                report(info);
            } else {
                PLACE.set(info.location().map(Origin::from));
            }
        }));
    });
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
