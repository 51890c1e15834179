//! What the tests of this crate share: running a future on this thread's machine.

use std::{rc::Rc, time::Duration};

use sarab_runtime::{App, Failure, Status, run, timeout};

use crate::Process;

static APP: App = App { name: "test", version: "0.0.0", target: "unix", crates: &[], keys: &[] };

/// Boots a machine on this thread for `test`, which fails the test by its error or by a panic.
///
/// A test that hangs is ended after a minute.
pub(crate) fn on_a_machine<E: std::fmt::Display>(test: impl AsyncFnOnce() -> Result<(), E>) {
    let process = Process::new(Some(&[])).expect("an event loop");
    let status = run(Rc::new(process), &APP, [], async |_boot| {
        let limited = timeout(Duration::from_mins(1), test()).await;
        limited.map_err(Failure::new)?.map_err(Failure::new)
    });
    assert_eq!(status, Status::SUCCESS, "see the error above");
}
