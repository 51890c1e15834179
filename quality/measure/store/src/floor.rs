//! What the disk itself takes for what a commit has to do: nothing that keeps its word is faster.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use crate::{data::Numbers, usage::figure};

/// Bytes of the file, all of them written before.
const FILE_BYTES: usize = 64 << 20;
/// Bytes of a write.
const WRITE_BYTES: usize = 4096;
/// Commits that are measured.
const COMMITS: usize = 200;

/// Measures commits of one write and one flush, and prints the median as the figure `name`.
///
/// They are taken in the same second as what they are compared with: what a flush costs depends on
/// what else the machine does.
pub fn measure(folder: &Path, name: &str) -> io::Result<()> {
    let path = folder.join("floor");
    fs::write(&path, vec![0x5a; FILE_BYTES])?;
    let file = File::options().write(true).open(&path)?;
    file.sync_all()?;
    let mut numbers = Numbers(3);
    let page = [0xa5; WRITE_BYTES];
    let mut taken = Vec::new();
    for _ in 0..COMMITS {
        let place = numbers.below(FILE_BYTES / WRITE_BYTES) * WRITE_BYTES;
        let begun = Instant::now();
        file.write_all_at(&page, place as u64)?;
        file.sync_data()?;
        taken.push(begun.elapsed());
    }
    figure(name, percentile(&mut taken, 50).as_nanos());
    fs::remove_file(&path)
}

/// Returns the time that so many of a hundred do not exceed.
pub fn percentile(taken: &mut [Duration], percent: usize) -> Duration {
    taken.sort_unstable();
    let last = taken.len().saturating_sub(1);
    taken.get(taken.len() * percent / 100).or(taken.get(last)).copied().unwrap_or_default()
}
