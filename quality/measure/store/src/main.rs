//! Measures a store: `store ENGINE FOLDER ITEMS`, a fresh process for each.
//!
//! Prints a line for each phase, `name wall_ns cpu_ns count`, and one for each figure, `name value`.
//! All engines run on the machine of an ordinary process, which costs those that wait by
//! themselves nothing.

use std::{path::Path, process::ExitCode, rc::Rc};

use sarab_runtime::{App, Failure, run};
use sarab_unix::Process;

mod clients;
mod data;
mod engine;
mod floor;
mod phases;
mod store;
mod usage;

use engine::{Canopydb, Fjall, Lmdb, Redb, Sqlite, Tree};
use store::Done;

static APP: App = App { name: "store", version: "0.1.0", target: "unix", crates: &[], keys: &[] };

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [engine, folder, items] = &words[..] else {
        eprintln!("usage: store ENGINE FOLDER ITEMS");
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

async fn measure(engine: &str, folder: &Path, items: usize) -> Done {
    match engine {
        "lmdb" => phases::run::<Lmdb>(folder, items).await,
        "redb" => phases::run::<Redb>(folder, items).await,
        "fjall" => phases::run::<Fjall>(folder, items).await,
        "sqlite" => phases::run::<Sqlite>(folder, items).await,
        "canopydb" => phases::run::<Canopydb>(folder, items).await,
        "tree" => phases::run::<Tree>(folder, items).await,
        _ => Err(format!("no engine is `{engine}`").into()),
    }
}
