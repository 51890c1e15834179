//! What is known of a file, a folder or a link: the tables "inode" and "entry" of `FORMAT.md`.

use core::time::Duration;

use sarab_device::{EntryKind, Metadata, WallTime};

/// The number of the root folder.
pub(crate) const ROOT: u64 = 1;
/// The most bytes in a file.
pub(crate) const SIZE_BYTES_MAX: u64 = i64::MAX as u64;

/// The mode of new files, folders and links.
const FILE_MODE: u16 = 0o644;
const FOLDER_MODE: u16 = 0o755;
const LINK_MODE: u16 = 0o777;
/// The bits of a mode.
const MODE_MASK: u16 = 0o7777;

/// What an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link: a path that is followed where this one is met.
    Link,
}

/// What is known of a file, a folder or a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its number: two paths with the same one are names of the same file.
    pub inode: u64,
    /// What it is.
    pub kind: Kind,
    /// POSIX's mode, twelve bits, which nobody looks at.
    pub mode: u16,
    /// Names that it has; 0 once it is removed and open still.
    pub links: u32,
    /// Bytes in a file, or in the path that a link stands for; 0 for a folder.
    pub size_bytes: u64,
    /// When it was made.
    pub made: Option<WallTime>,
    /// When the contents changed last; of a folder: what stands in it.
    pub modified: Option<WallTime>,
    /// When anything of it changed last.
    pub changed: Option<WallTime>,
}

impl Stat {
    /// Makes the record of something new.
    pub(crate) fn new(inode: u64, kind: Kind, now: Option<WallTime>) -> Self {
        let mode = match kind {
            Kind::File => FILE_MODE,
            Kind::Folder => FOLDER_MODE,
            Kind::Link => LINK_MODE,
        };
        Self { inode, kind, mode, links: 1, size_bytes: 0, made: now, modified: now, changed: now }
    }

    /// Returns the size and the time, as `device` has them.
    pub(crate) fn metadata(&self) -> Metadata {
        Metadata { size_bytes: self.size_bytes, modified: self.modified }
    }

    /// Notes that the contents change now; without a clock the time stays.
    pub(crate) fn touch(&mut self, now: Option<WallTime>) {
        self.modified = now.or(self.modified);
        self.changed = now.or(self.changed);
    }

    pub(crate) fn encode(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[0] = self.kind.encode();
        bytes[2..4].copy_from_slice(&(self.mode & MODE_MASK).to_le_bytes());
        bytes[4..8].copy_from_slice(&self.links.to_le_bytes());
        let numbers =
            [self.size_bytes, nanos(self.made), nanos(self.modified), nanos(self.changed)];
        for (place, number) in bytes[8..].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// Reads the record of the inode `inode`, or returns `None` if it makes no sense.
    pub(crate) fn decode(inode: u64, bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 48] = bytes.try_into().ok()?;
        let (mode, links) = (bytes[2..4].try_into().ok()?, bytes[4..8].try_into().ok()?);
        let size_bytes = number(bytes, 8).filter(|size| *size <= SIZE_BYTES_MAX)?;
        Some(Self {
            inode,
            kind: Kind::decode(bytes[0])?,
            mode: u16::from_le_bytes(mode) & MODE_MASK,
            links: u32::from_le_bytes(links),
            size_bytes,
            made: time(number(bytes, 16)?),
            modified: time(number(bytes, 24)?),
            changed: time(number(bytes, 32)?),
        })
    }
}

impl Kind {
    fn encode(self) -> u8 {
        match self {
            Self::File => 1,
            Self::Folder => 2,
            Self::Link => 3,
        }
    }

    fn decode(byte: u8) -> Option<Self> {
        [Self::File, Self::Folder, Self::Link].into_iter().find(|kind| kind.encode() == byte)
    }

    /// Returns what an entry of it is called.
    pub(crate) fn entry(self) -> EntryKind {
        match self {
            Self::File => EntryKind::Value,
            Self::Folder => EntryKind::Folder,
            Self::Link => EntryKind::Link,
        }
    }
}

/// What a name in a folder leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) inode: u64,
    pub(crate) kind: Kind,
}

impl Found {
    pub(crate) const ROOT: Self = Self { inode: ROOT, kind: Kind::Folder };

    pub(crate) fn encode(self) -> [u8; 9] {
        let mut bytes = [self.kind.encode(); 9];
        bytes[..8].copy_from_slice(&self.inode.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (inode, [kind]) = bytes.split_first_chunk()? else { return None };
        Some(Self { inode: u64::from_le_bytes(*inode), kind: Kind::decode(*kind)? })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|number| u64::from_le_bytes(*number))
}

fn nanos(time: Option<WallTime>) -> u64 {
    let nanos = time.map_or(0, |time| time.since_epoch().as_nanos());
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

fn time(nanos: u64) -> Option<WallTime> {
    (nanos > 0).then(|| WallTime::new(Duration::from_nanos(nanos)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let now = Some(WallTime::new(Duration::new(1_700_000_000, 5)));
        let mut stat = Stat::new(9, Kind::File, now);
        (stat.links, stat.size_bytes, stat.mode) = (3, 1 << 40, 0o4755);
        stat.changed = None;
        assert_eq!(Stat::decode(9, &stat.encode()), Some(stat));
        let found = Found { inode: 1 << 33, kind: Kind::Folder };
        assert_eq!(Found::decode(&found.encode()), Some(found));
    }

    #[test]
    fn records_that_make_no_sense_are_refused() {
        let sound = Stat::new(9, Kind::File, None).encode();
        let mut huge = sound;
        huge[8..16].fill(0xff);
        let mut strange = sound;
        strange[0] = 9;
        for wrong in [&huge[..], &strange, &sound[1..], &[]] {
            assert_eq!(Stat::decode(9, wrong), None);
        }
        assert_eq!(Found::decode(&[1; 8]), None);
        assert_eq!(Found::decode(&[7; 9]), None);
    }

    #[test]
    fn without_a_clock_times_stay() {
        let now = Some(WallTime::new(Duration::from_secs(5)));
        let mut stat = Stat::new(2, Kind::Folder, now);
        stat.touch(None);
        assert_eq!(stat.modified, now);
    }
}
