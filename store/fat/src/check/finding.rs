//! What can be wrong with a volume.

use alloc::string::String;
use core::fmt;

/// One thing that is wrong with a volume, and how a repair puts it right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It was not unmounted. It is marked as unmounted.
    Dirty,
    /// A move was interrupted. It is finished.
    Moving,
    /// The copies of the table differ. The first is copied to the others.
    Copies {
        /// Sectors that differ.
        sectors: u64,
    },
    /// Clusters are in use that belong to nothing. They become free.
    Lost {
        /// How many.
        clusters: u32,
    },
    /// The number of free clusters is another than the volume says. It is written anew.
    Counts {
        /// What the volume says.
        said: u32,
        /// What was counted.
        counted: u32,
    },
    /// A chain leads to a cluster that is none, or is free. It ends before that.
    Chain {
        /// The file or folder.
        path: String,
        /// The cluster that leads there; 0 for its entry.
        cluster: u32,
    },
    /// A chain leads to a cluster that belongs to something else, or to itself. It ends before that.
    Crossed {
        /// The file or folder.
        path: String,
        /// The cluster that belongs to two.
        cluster: u32,
    },
    /// A file has fewer clusters than its size needs. The size becomes that of the clusters.
    Short {
        /// The file.
        path: String,
        /// Its size in bytes.
        size_bytes: u32,
        /// Its clusters.
        clusters: u32,
    },
    /// A file has more clusters than its size needs. They become free.
    Long {
        /// The file.
        path: String,
        /// How many are too many.
        clusters: u32,
    },
    /// A folder has no clusters. It is removed.
    NoFolder {
        /// The folder.
        path: String,
    },
    /// The entries `.` and `..` of a folder lead elsewhere. They are written anew.
    Dots {
        /// The folder.
        path: String,
    },
    /// Two things in a folder have one name. The second gets another.
    Twice {
        /// The path of both.
        path: String,
    },
    /// Parts of long names belong to no entry. They are removed.
    Parts {
        /// The folder.
        path: String,
        /// How many.
        parts: u32,
    },
}

impl Finding {
    /// Returns whether a loss of power can leave this: it costs space, and no data.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        match self {
            Self::Dirty
            | Self::Moving
            | Self::Copies { .. }
            | Self::Lost { .. }
            | Self::Counts { .. }
            | Self::Long { .. }
            | Self::Parts { .. } => true,
            Self::Chain { .. }
            | Self::Crossed { .. }
            | Self::Short { .. }
            | Self::NoFolder { .. }
            | Self::Dots { .. }
            | Self::Twice { .. } => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dirty => f.write_str("the volume was not unmounted"),
            Self::Moving => f.write_str("a move was interrupted"),
            Self::Copies { sectors } => {
                write!(f, "the copies of the table differ in {sectors} sectors")
            }
            Self::Lost { clusters } => write!(f, "{clusters} clusters belong to nothing"),
            Self::Counts { said, counted } => {
                write!(f, "{counted} clusters are free, and the volume says {said}")
            }
            Self::Chain { path, cluster: 0 } => {
                write!(f, "`{path}` begins with a cluster that is not in use")
            }
            Self::Chain { path, cluster } => {
                write!(f, "cluster {cluster} of `{path}` leads to one that is not in use")
            }
            Self::Crossed { path, cluster } => {
                write!(f, "cluster {cluster} of `{path}` belongs to something else as well")
            }
            Self::Short { path, size_bytes, clusters } => {
                write!(f, "`{path}` has {size_bytes} bytes and only {clusters} clusters")
            }
            Self::Long { path, clusters } => {
                write!(f, "`{path}` has {clusters} clusters more than its size needs")
            }
            Self::NoFolder { path } => write!(f, "the folder `{path}` has no clusters"),
            Self::Dots { path } => {
                write!(f, "`.` and `..` of the folder `{path}` lead elsewhere")
            }
            Self::Twice { path } => write!(f, "there are two of the name `{path}`"),
            Self::Parts { path, parts } => {
                write!(f, "{parts} parts of names in the folder `{path}` belong to no entry")
            }
        }
    }
}
