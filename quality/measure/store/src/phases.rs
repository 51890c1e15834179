//! What is measured, in this order.

use std::{fs, path::Path};

use crate::{
    data::{Key, Numbers, Pair, weight},
    floor::{self, percentile},
    store::{Done, Store},
    usage::{self, Watch, figure},
};

/// Range scans.
const RANGES: usize = 100_000;
/// Pairs in a range scan.
const RANGE_LENGTH: usize = 10;
/// Commits by one client.
const COMMITS: usize = 500;
/// Clients that commit together.
const CLIENTS: usize = 32;
/// Commits by all of them.
const TOGETHER: usize = 6400;
/// Batches.
const BATCHES: usize = 50;
/// Pairs in a batch.
const BATCH_PAIRS: usize = 1000;

/// Measures an engine with so many pairs in `folder`, which is emptied first.
pub async fn run<S: Store>(folder: &Path, items: usize) -> Done {
    let mut pairs = Numbers(42).pairs(items);
    let before = usage::forget_peak()?;
    pairs.sort_unstable();
    drop(load::<S>(folder, &pairs, "sorted").await?);
    Numbers(42).shuffle(&mut pairs);
    let store = load::<S>(folder, &pairs, "random").await?;
    let mut keys: Vec<Key> = pairs.iter().map(|pair| pair.key).collect();
    Numbers(7).shuffle(&mut keys);
    read(&store, &pairs, &keys).await?;
    commits(&store, folder, &keys).await?;
    batches(&store).await?;
    store.close().await?;
    reopen::<S>(folder, &keys).await?;
    figure("peak-memory", usage::peak_bytes()?.saturating_sub(before));
    Ok(())
}

/// Fills an empty store and returns it open.
async fn load<S: Store>(
    folder: &Path,
    pairs: &[Pair],
    name: &str,
) -> Result<S, crate::store::Fault> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let store = S::open(folder).await?;
    let watch = Watch::start();
    store.load(pairs).await?;
    watch.report(&format!("load-{name}"), pairs.len());
    store.close().await?;
    let allocated = usage::allocated_bytes(folder)?;
    let store = S::open(folder).await?;
    figure(&format!("size-{name}"), store.size_bytes().unwrap_or(allocated));
    Ok(store)
}

async fn read(store: &impl Store, pairs: &[Pair], keys: &[Key]) -> Done {
    let expected: u64 = pairs.iter().map(|pair| weight(&pair.value)).sum();
    for name in ["get-cold", "get-warm"] {
        let watch = Watch::start();
        let sum = store.get(keys).await?;
        watch.report(name, keys.len());
        agree(name, sum, expected)?;
    }
    let watch = Watch::start();
    let scanned = store.scan().await?;
    watch.report("scan", keys.len());
    agree("scan", scanned, (keys.len() as u64, expected))?;
    let starts = &keys[..RANGES.min(keys.len())];
    let watch = Watch::start();
    let sum = store.ranges(starts, RANGE_LENGTH).await?;
    watch.report("ranges", starts.len());
    agree("ranges", sum > 0, true)
}

async fn commits(store: &impl Store, folder: &Path, keys: &[Key]) -> Done {
    floor::measure(folder, "floor-before")?;
    let pairs = fresh(keys, 1, COMMITS);
    let watch = Watch::start();
    let mut taken = store.commits(1, &pairs).await?;
    watch.report("commits-1", taken.len());
    for percent in [50, 99] {
        figure(&format!("commit-p{percent}"), percentile(&mut taken, percent).as_nanos());
    }
    let pairs = fresh(keys, 2, TOGETHER);
    let watch = Watch::start();
    let mut taken = store.commits(CLIENTS, &pairs).await?;
    watch.report("commits-32", taken.len());
    figure("together-p50", percentile(&mut taken, 50).as_nanos());
    floor::measure(folder, "floor-after")?;
    let written: u64 = pairs.iter().map(|pair| weight(&pair.value)).sum();
    let keys: Vec<Key> = pairs.iter().map(|pair| pair.key).collect();
    agree("what was committed", store.get(&keys).await?, written)
}

/// Returns new values for every thirteenth key.
fn fresh(keys: &[Key], seed: u64, count: usize) -> Vec<Pair> {
    let mut pairs = Numbers(seed).pairs(count);
    for (pair, key) in pairs.iter_mut().zip(keys.iter().step_by(13)) {
        pair.key = *key;
    }
    pairs
}

async fn batches(store: &impl Store) -> Done {
    let mut numbers = Numbers(99);
    let watch = Watch::start();
    for _ in 0..BATCHES {
        store.commit(&numbers.pairs(BATCH_PAIRS)).await?;
    }
    watch.report("batches", BATCHES * BATCH_PAIRS);
    Ok(())
}

/// Opens it again and gets one value, so that it has to have opened all.
async fn reopen<S: Store>(folder: &Path, keys: &[Key]) -> Done {
    let allocated = usage::allocated_bytes(folder)?;
    let watch = Watch::start();
    let store = S::open(folder).await?;
    store.get(&keys[..1]).await?;
    watch.report("open", 1);
    figure("size-end", store.size_bytes().unwrap_or(allocated));
    store.close().await
}

fn agree<T: PartialEq + std::fmt::Debug>(name: &str, found: T, expected: T) -> Done {
    if found == expected {
        return Ok(());
    }
    Err(format!("{name}: {found:?} and not {expected:?}").into())
}
