//! From the first word of the command line to the status.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use sarab_key::{Help, Section, Spec, Usage, UsageError, Values, parse_with};

use crate::console::print_error_on;
use crate::filter::Filter;
use crate::runtime::Runtime;
use crate::stop::until_stopped;
use crate::{App, Boot, Failure, Machine, Outcome, Status, logging};

/// The keys that every program has.
const KEYS: &[Spec<'static>] = &[Spec::new::<Filter>(
    "log",
    "What to log: a level for all, and levels for modules and what is in them.\n\
     The levels are off, error, warn, info, debug and trace.",
)
.default("info")];

/// Runs a program on a machine, and returns the status that the host is to be told.
///
/// Reads the boot keys from `args`, which do not include the name of the program; draws the seed of
/// the random numbers; then runs `start` and everything it spawns, until `start` ends or the host
/// asks the program to stop ([`stopping`](crate::stopping)).
///
/// | status | when |
/// | --- | --- |
/// | 0 | `start` ended well, `--help` was asked for, or the host asked to stop and all is well |
/// | 1 | `start` failed with an error, or had not ended five seconds after it was asked to |
/// | 64 | the boot keys are wrong |
/// | 69 | the machine has no entropy |
/// | other | `start` ended with that [`Status`] |
///
/// # Panics
///
/// If a runtime without `std` has no place (`install`). A panic in a task is not caught.
pub fn run<O: Outcome>(
    machine: Rc<dyn Machine>,
    app: &'static App,
    args: impl IntoIterator<Item = String>,
    start: impl AsyncFnOnce(Boot) -> O,
) -> Status {
    let values = match read(&*machine, app, args) {
        Ok(values) => values,
        Err(Usage::Help) => return help(&*machine, app),
        Err(Usage::Error(error)) => return refuse(&*machine, app, &format!("{error}")),
    };
    if let Err(text) = machine.accept(&values) {
        return refuse(&*machine, app, &text);
    }
    let mut seed = [0; 32];
    if let Err(error) = machine.entropy(&mut seed) {
        print_error_on(&*machine, format_args!("{}: {error}\n", app.name));
        return Status::UNAVAILABLE;
    }
    let filter: Filter = values.get("log");
    logging::begin(&filter);
    let runtime = Runtime::new(machine, app, seed, filter);
    runtime.block_on(until_stopped(async {
        match start(Boot::new(values)).await.result() {
            Ok(()) => Status::SUCCESS,
            Err(failure) => report(&*runtime.machine, app, &failure),
        }
    }))
}

fn read(
    machine: &dyn Machine,
    app: &App,
    args: impl IntoIterator<Item = String>,
) -> Result<Values, Usage> {
    let keys: Vec<Spec<'_>> = [app.keys, machine.keys(), KEYS].concat();
    let values = parse_with(&keys, args, |name| machine.variable(name))?;
    match values.rest() {
        [] => Ok(values),
        [word, ..] => Err(UsageError::UnexpectedWord { word: word.clone() }.into()),
    }
}

fn help(machine: &dyn Machine, app: &App) -> Status {
    let about = format!("{} {}, a unikernel for {}.", app.name, app.version, app.target);
    let sections = [
        Section { title: "keys", keys: app.keys },
        Section { title: "keys of the machine", keys: machine.keys() },
        Section { title: "keys of every unikernel", keys: KEYS },
    ];
    let help = Help { usage: app.name, about: &about, sections: &sections };
    machine.print(&format!("{help}"));
    Status::SUCCESS
}

fn refuse(machine: &dyn Machine, app: &App, error: &str) -> Status {
    let App { name, .. } = app;
    print_error_on(machine, format_args!("{name}: {error}\n{name}: --help shows all keys\n"));
    Status::USAGE
}

fn report(machine: &dyn Machine, app: &App, failure: &Failure) -> Status {
    let text = format!("{failure}");
    if !text.is_empty() {
        print_error_on(machine, format_args!("{}: {text}\n", app.name));
    }
    failure.status()
}

#[cfg(test)]
mod tests;
