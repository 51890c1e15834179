//! The engines that build anywhere.

use std::process::ExitCode;

use store::phases;

mod engine;

use engine::{Canopydb, Fjall, Lmdb, Redb, Sqlite, Tree};

fn main() -> ExitCode {
    store::main(async |engine, folder, items| match engine {
        "lmdb" => phases::run::<Lmdb>(folder, items).await,
        "redb" => phases::run::<Redb>(folder, items).await,
        "fjall" => phases::run::<Fjall>(folder, items).await,
        "sqlite" => phases::run::<Sqlite>(folder, items).await,
        "canopydb" => phases::run::<Canopydb>(folder, items).await,
        "tree" => phases::run::<Tree>(folder, items).await,
        _ => Err(format!("no engine is `{engine}`").into()),
    })
}
