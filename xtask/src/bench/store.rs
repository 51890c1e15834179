//! Stores beside each other: the same pairs through each engine, a fresh process for each.
//!
//! Rounds go through all engines in turn, so that what else the machine does hits all alike; what is
//! printed are medians. A commit is compared with what the disk itself took in the same second.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    Extent,
    image::{self, Need, folder},
};
use crate::{Done, report};

mod table;

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[Need::Stores, Need::RocksDb];

/// The engine that has a program of its own, where it could be built.
const ROCKSDB: &str = "rocksdb";

/// The engines, as the measuring program calls them and as people do.
const ENGINES: [(&str, &str); 7] = [
    ("tree", "tree"),
    ("lmdb", "LMDB"),
    ("redb", "redb"),
    ("fjall", "fjall"),
    (ROCKSDB, "RocksDB"),
    ("sqlite", "SQLite"),
    ("canopydb", "canopydb"),
];

/// Seconds that one engine may take.
const SECONDS_MAX: &str = "900";

/// Figures by their names: nanoseconds, bytes, counts.
pub(super) type Figures = BTreeMap<String, f64>;

/// Measures all and prints the table.
pub(super) fn measure(root: &Path, extent: Extent) -> Done {
    let (items, rounds) = if extent.is_quick { (100_000, 1) } else { (1_000_000, 3) };
    let is_there = |engine: &str| program(root, engine).exists();
    let engines: Vec<_> = ENGINES.into_iter().filter(|(engine, _)| is_there(engine)).collect();
    let mut taken = vec![Vec::new(); engines.len()];
    for round in 1..=rounds {
        for ((engine, name), runs) in engines.iter().zip(&mut taken) {
            report::step(&format!("measuring {name}, round {round} of {rounds}"));
            runs.push(run(root, engine, items)?);
        }
    }
    let medians: Vec<Figures> = taken.iter().map(|runs| median(runs)).collect();
    let names: Vec<_> = engines.iter().map(|(_, name)| *name).collect();
    table::print(&names, &medians, items, rounds);
    Ok(())
}

/// Returns the program that measures an engine.
fn program(root: &Path, engine: &str) -> PathBuf {
    if engine == ROCKSDB { image::rocksdb(root) } else { image::stores(root) }
}

/// Measures one engine once.
fn run(root: &Path, engine: &str, items: u32) -> Result<Figures, String> {
    let place = folder(root).join("store").join(engine);
    let program = program(root, engine);
    let output = Command::new("timeout")
        .arg(SECONDS_MAX)
        .args([&program, Path::new(engine), &place])
        .arg(items.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let _ = fs::remove_dir_all(&place); // what is left takes room, and no more
    if !output.status.success() {
        return Err(format!("measuring {engine} ended with {}", output.status));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads `name wall_ns cpu_ns count` and `name value`.
pub(super) fn parse(said: &str) -> Figures {
    let mut figures = Figures::new();
    for line in said.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
        match numbers[..] {
            [value] => {
                figures.insert(name.into(), value);
            }
            [wall, cpu, count] => {
                figures.insert(format!("{name}.wall"), wall);
                figures.insert(format!("{name}.cpu"), cpu);
                figures.insert(format!("{name}.count"), count);
            }
            _ => {}
        }
    }
    figures
}

/// Returns the median of each figure.
pub(super) fn median(runs: &[Figures]) -> Figures {
    let Some(first) = runs.first() else { return Figures::new() };
    let middle = |name: &String| {
        let mut values: Vec<f64> = runs.iter().filter_map(|run| run.get(name).copied()).collect();
        values.sort_by(f64::total_cmp);
        (name.clone(), values[values.len() / 2])
    };
    first.keys().map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_and_figures_are_read() {
        let figures = parse("scan 300 200 10\nsize-end 4096\n\nnot a line\n");
        assert_eq!(figures.len(), 4);
        assert_eq!(figures["scan.cpu"].to_bits(), 200_f64.to_bits());
        assert_eq!(figures["size-end"].to_bits(), 4096_f64.to_bits());
    }

    #[test]
    fn a_median_is_the_middle_of_each_figure() {
        let runs = ["a 1\nb 9\n", "a 3\nb 7\n", "a 2\nb 8\n"].map(parse);
        let medians = median(&runs);
        assert_eq!([medians["a"], medians["b"]].map(f64::to_bits), [2.0, 8.0].map(f64::to_bits));
    }
}
