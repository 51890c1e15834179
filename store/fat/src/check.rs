//! Looking for what is wrong with a volume, and putting it right.

mod chains;
mod finding;
mod folders;
mod tables;

use alloc::vec::Vec;

use sarab_device::Block;

use crate::{
    FatError,
    runs::Run,
    volume::{Outcome, Volume},
};

pub use finding::Finding;

/// Findings that are kept.
const FINDINGS_MAX: usize = 1000;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files in it.
    pub file_count: u64,
    /// Folders in it, without the root.
    pub folder_count: u64,
    /// Clusters that belong to a file or a folder.
    pub used_count: u32,
    /// What is wrong, in the order in which it was found; the first thousand.
    pub findings: Vec<Finding>,
    /// How many findings there are beside those.
    pub more_count: u64,
}

impl Report {
    /// Returns whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Returns whether nothing is wrong but what a loss of power can leave: it costs space, and
    /// no data.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        self.more_count == 0 && self.findings.iter().all(Finding::is_harmless)
    }

    fn add(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.more_count += 1;
        }
    }
}

/// Whether what is found is put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Look,
    Repair,
}

/// A check on its way.
struct Check<'a, B: Block> {
    volume: Volume<&'a B>,
    task: Task,
    report: Report,
    /// A bit for each cluster that belongs to something.
    owned: Vec<u64>,
    /// Clusters that a repair takes from chains.
    gone: Vec<Run>,
}

/// Looks for what is wrong.
pub(crate) async fn check<B: Block>(block: &B) -> Result<Report, FatError<B::Error>> {
    run(block, Task::Look).await
}

/// Puts right what is wrong.
pub(crate) async fn repair<B: Block>(block: &B) -> Result<Report, FatError<B::Error>> {
    if !block.geometry().is_writable {
        return Err(FatError::ReadOnly);
    }
    run(block, Task::Repair).await
}

async fn run<B: Block>(block: &B, task: Task) -> Result<Report, FatError<B::Error>> {
    let mut volume = Volume::open(block, || None).await?;
    volume.intent_place = volume.find_intent_place().await?;
    let mut report = Report::default();
    if volume.has_intent().await? {
        report.add(Finding::Moving);
        if task == Task::Repair {
            volume.finish_move().await?;
        }
    }
    let words = volume.layout.end().div_ceil(64) as usize;
    let mut owned = Vec::new();
    owned.try_reserve_exact(words).map_err(|_| FatError::NoMemory)?;
    owned.resize(words, 0);
    let mut check = Check { volume, task, report, owned, gone: Vec::new() };
    check.all().await?;
    Ok(check.report)
}

impl<B: Block> Check<'_, B> {
    async fn all(&mut self) -> Outcome<(), &B> {
        self.state();
        self.copies().await?;
        self.folders().await?;
        self.lost().await?;
        self.counts().await?;
        if self.task == Task::Repair && !self.report.is_clean() {
            self.volume.repaired().await?;
        }
        Ok(())
    }

    fn found(&mut self, finding: Finding) {
        self.report.add(finding);
    }

    fn is_repair(&self) -> bool {
        self.task == Task::Repair
    }

    fn owns(&self, cluster: u32) -> bool {
        let word = self.owned.get(cluster as usize / 64).copied().unwrap_or_default();
        word >> (cluster % 64) & 1 != 0
    }

    fn own(&mut self, cluster: u32) {
        if let Some(word) = self.owned.get_mut(cluster as usize / 64) {
            *word |= 1 << (cluster % 64);
            self.report.used_count += 1;
        }
    }

    fn disown(&mut self, cluster: u32) {
        if let Some(word) = self.owned.get_mut(cluster as usize / 64) {
            *word &= !(1 << (cluster % 64));
            self.report.used_count -= 1;
        }
    }
}
