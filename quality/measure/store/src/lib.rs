//! Measures a store: `PROGRAM ENGINE FOLDER ITEMS`, a fresh process for each.
//!
//! Prints a line for each phase, `name wall_ns cpu_ns count`, and one for each figure, `name value`.
//! All engines run on the machine of an ordinary process, which costs those that wait by
//! themselves nothing.
#![expect(async_fn_in_trait, reason = "every future stays on its thread")]

use std::{path::Path, process::ExitCode, rc::Rc};

use sarab_runtime::{App, Failure, run};
use sarab_unix::Process;

pub mod clients;
pub mod data;
mod floor;
pub mod phases;
mod store;
mod usage;

pub use store::{Done, Fault, Store};

/// Bytes that an engine may keep in memory.
pub const CACHE_BYTES: usize = 1 << 30;

static APP: App = App { name: "store", version: "0.1.0", target: "unix", crates: &[], keys: &[] };

/// Has `measure` measure what the command line says: an engine, in a folder, with so many pairs.
pub fn main(measure: impl AsyncFnOnce(&str, &Path, usize) -> Done) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [engine, folder, items] = &words[..] else {
        eprintln!("usage: PROGRAM ENGINE FOLDER ITEMS");
        return ExitCode::from(64);
    };
    let process = Process::new(None).expect("an event loop");
    // Some engines tell much.
    let quiet = ["--log".into(), "warn".into()];
    let status = run(Rc::new(process), &APP, quiet, async |_boot| {
        let items = items.parse().map_err(Failure::new)?;
        measure(engine, Path::new(folder), items).await.map_err(Failure::new)
    });
    status.0.into()
}
