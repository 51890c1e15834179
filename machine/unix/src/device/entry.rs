//! From `main` to the status of the process.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    ffi::OsString,
    panic,
    rc::Rc,
};

use rustix::process::{Resource as Limit, Rlimit, getrlimit, setrlimit};
use sarab_runtime::{App, Boot, Outcome, PanicReport, Status, run};

use crate::device::{Process, Resource, console};

/// Makes the `main` of a unikernel's process, which boots `start` as `app`.
///
/// With a list of [`Resource`]s, anything attached to another device is refused. Without one,
/// attachments are not checked.
///
/// ```no_run
/// use sarab_runtime::{App, Boot, Failure};
/// use sarab_unix::{Disk, Resource};
///
/// static APP: App =
///     App { name: "count", version: "1.0.0", target: "unix", crates: &[], keys: &[] };
///
/// sarab_unix::entry!(APP, [Resource::Disk("data")], start);
///
/// async fn start(boot: Boot) -> Result<(), Failure> {
///     let data = boot.opened("data", Disk::open("data", Some("data.img")).await)?;
///     // ...
///     # drop(data);
///     Ok(())
/// }
/// ```
#[macro_export]
macro_rules! entry {
    ($app:path, $start:path) => {
        fn main() -> ::std::process::ExitCode {
            let words = ::std::env::args_os().skip(1);
            $crate::boot(&$app, ::core::option::Option::None, words, $start).0.into()
        }
    };
    ($app:path, $resources:expr, $start:path) => {
        fn main() -> ::std::process::ExitCode {
            static RESOURCES: &[$crate::Resource] = &$resources;
            let words = ::std::env::args_os().skip(1);
            $crate::boot(&$app, ::core::option::Option::Some(RESOURCES), words, $start).0.into()
        }
    };
}

/// Boots `start` as `app` on this thread, with the `words` of the command line after the program's
/// name, and returns the status of the process. [`entry!`](crate::entry) calls it.
///
/// The status is that of [`run`]; besides, a panic ends with 101, as in every Rust program, and a
/// second SIGINT or SIGTERM with 130. Writing to who has gone is an error and not the end: the
/// standard library ignores SIGPIPE before `main`. As many descriptors may be open as the host
/// lets this process have.
pub fn boot<O: Outcome>(
    app: &'static App,
    resources: Option<&'static [Resource]>,
    words: impl Iterator<Item = OsString>,
    start: impl AsyncFnOnce(Boot) -> O,
) -> Status {
    panic::set_hook(Box::new(report));
    allow_descriptors();
    let words: Vec<String> = match words.map(OsString::into_string).collect() {
        Ok(words) => words,
        Err(word) => {
            return refuse(app, Status::USAGE, &format!("{}: not UTF-8", word.display()));
        }
    };
    match Process::new(resources) {
        Ok(process) => run(Rc::new(process), app, words, start),
        Err(error) => {
            let why = format!("cannot make an event loop, for Linux 5.12 and later: {error}");
            refuse(app, Status::UNAVAILABLE, &why)
        }
    }
}

fn refuse(app: &App, status: Status, why: &str) -> Status {
    console::write_all(rustix::stdio::stderr(), &format!("{}: {why}\n", app.name));
    status
}

/// Allows as many descriptors as the host lets this process have; each connection is one.
fn allow_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Limit::Nofile);
    // Fewer descriptors are no reason not to boot; accepting says when there are too few.
    let _ = setrlimit(Limit::Nofile, Rlimit { current: maximum, maximum });
}

/// Shows a panic on one line, and its backtrace if the environment asks for one.
fn report(panic: &panic::PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("a value that is no text");
    let report = PanicReport { message, place: panic.location() };
    let backtrace = Backtrace::capture();
    let text = match backtrace.status() {
        BacktraceStatus::Captured => format!("{report}\n{backtrace}"),
        _ => format!("{report}\n"),
    };
    console::write_all(rustix::stdio::stderr(), &text);
}
