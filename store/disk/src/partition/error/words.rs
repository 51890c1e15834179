//! The errors of tables in words.

use alloc::{string::ToString, vec::Vec};
use core::fmt::{Display, Formatter, Result};

use super::{ChainFault, EntryFault, GptFault, OpenError, PlanError, TableError, Warning};

impl<E: Display> Display for TableError<E> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Device(error) => error.fmt(f),
            Self::None => f.write_str("there is no partition table on the disk"),
            Self::TooSmall => f.write_str("the disk is too small for a partition table"),
            Self::Gpt { primary, backup } => write!(
                f,
                "both copies of the partition table are damaged: in the first {primary}, in the \
                 second {backup}"
            ),
            Self::Chain { sector, fault } => {
                write!(f, "the chain of logical partitions is damaged at sector {sector}: {fault}")
            }
            Self::Entry { number, fault } => write!(f, "partition {number} {fault}"),
        }
    }
}

impl Display for GptFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Unreadable { cause } => write!(f, "nothing can be read: {cause}"),
            Self::Signature => f.write_str("there is no header"),
            Self::Revision { revision } => write!(f, "the revision is {revision:08x}"),
            Self::HeaderSize { size_bytes } => write!(f, "the header has {size_bytes} bytes"),
            Self::HeaderChecksum => f.write_str("the checksum of the header is wrong"),
            Self::Place => f.write_str("the header belongs elsewhere"),
            Self::Usable => f.write_str("the usable sectors are not on the disk"),
            Self::EntrySize { size_bytes } => write!(f, "an entry has {size_bytes} bytes"),
            Self::TooMany { count } => write!(f, "there are {count} entries"),
            Self::EntriesPlace => f.write_str("the entries are where they cannot be"),
            Self::EntriesChecksum => f.write_str("the checksum of the entries is wrong"),
            Self::Entry { number } => {
                write!(f, "partition {number} is not within the usable sectors")
            }
        }
    }
}

impl Display for ChainFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Outside => "it leads out of the extended partition",
            Self::Cycle => "it leads in a circle",
            Self::Mark => "there is no link",
            Self::TooLong => "it has more than 256 links",
        })
    }
}

impl Display for EntryFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Empty => f.write_str("has no sectors"),
            Self::PastEnd { end, sector_count } => {
                write!(f, "ends at sector {end}, of a disk of {sector_count}")
            }
            Self::Overlap { other } => write!(f, "overlaps partition {other}"),
            Self::OnTable { usable } => write!(
                f,
                "is not within sectors {} to {}, which partitions can have",
                usable.start,
                usable.end.saturating_sub(1)
            ),
            Self::TooFar => f.write_str("lies further than an MBR can count; make a GPT"),
            Self::Number => f.write_str("cannot have that number"),
            Self::Kind => f.write_str("has a type of another format of table"),
            Self::Name => f.write_str("has a name of more than 36 characters"),
            Self::NoLink => f.write_str("has no free sector before it for the chain of its kind"),
            Self::NoSlot => {
                f.write_str("is logical, and no primary one is left for the chain of its kind")
            }
        }
    }
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Primary(fault) => {
                write!(f, "the first copy of the table is damaged, the second was used: {fault}")
            }
            Self::Backup(fault) => write!(f, "the second copy of the table is damaged: {fault}"),
            Self::Differ => {
                f.write_str("the copies of the table say different things, the first was used")
            }
            Self::NotAtEnd { sector } => write!(
                f,
                "the second copy of the table is in sector {sector} and not at the end of the disk"
            ),
        }
    }
}

impl Display for PlanError {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::TooSmall => f.write_str("the disk is too small for a partition table"),
            Self::RestNotLast => f.write_str("only the last partition can have all that is left"),
            Self::NoRoom { number, left_bytes } => {
                write!(f, "partition {number} does not fit the {left_bytes} bytes that are left")
            }
        }
    }
}

impl<E: Display> Display for OpenError<E> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Table(error) => error.fmt(f),
            Self::Span(error) => error.fmt(f),
            Self::Missing { number, numbers } if numbers.is_empty() => {
                write!(f, "there is no partition {number}; the table is empty")
            }
            Self::Missing { number, numbers } => {
                let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
                write!(f, "there is no partition {number}; there are: {}", numbers.join(", "))
            }
        }
    }
}
