//! What QEMU's `blklogwrites` has noted: the format of Linux's dm-log-writes.
//!
//! All numbers are little-endian. A sector has as many bytes as the log says of itself.
//!
//! | sector | bytes | what |
//! | --- | --- | --- |
//! | 0 | 0..8 | `0x6a_7366_7773_6872` |
//! | | 8..16 | the version, 1 |
//! | | 16..24 | how many entries there are |
//! | | 24..28 | bytes in a sector |
//! | 1 and on | | the entries, each beginning with a sector of its own: |
//! | | 0..8 | the first sector of the disk |
//! | | 8..16 | how many sectors |
//! | | 16..24 | 1 for a flush, before the write; 2 if that is durable at once (FUA); 4 for a discard; 8 for a mark |
//! | | 24..32 | bytes of a mark's text, which lies behind this in the same sector |
//! | behind that | | the sectors that are written; none for a discard |
//!
//! An entry is noted once it is completed. QEMU counts the entries at each flush, and those behind the last flush not
//! at all.
//!
//! Source: `drivers/md/dm-log-writes.c` of Linux, `block/blklogwrites.c` of QEMU.

use std::fmt;

const MAGIC: u64 = 0x6a_7366_7773_6872;
const VERSION: u64 = 1;
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;

/// What was asked of a disk, in the order in which it was completed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) sector_bytes: u32,
    pub(crate) steps: Vec<Step>,
}

/// One thing that a disk was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// What was completed before it began is durable.
    Flush,
    /// Whole sectors were written.
    Write { first: u64, data: Vec<u8>, is_durable: bool },
    /// Sectors are not needed any more.
    Discard { first: u64, count: u64 },
}

/// Why a log cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogError {
    /// It ends before `bytes` bytes from `at` on.
    Short {
        at: usize,
        bytes: u64,
    },
    /// It is no log, or one of a guest that has never flushed its disk.
    Magic(u64),
    Version(u64),
    SectorBytes(u32),
    /// An entry has flags that do not exist, or do not go together.
    Flags {
        at: usize,
        flags: u64,
    },
}

impl Log {
    /// Reads a log.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, LogError> {
        let mut head = Reader { bytes, at: 0 };
        let (magic, version, entry_count) = (head.u64()?, head.u64()?, head.u64()?);
        if magic != MAGIC {
            return Err(LogError::Magic(magic));
        }
        if version != VERSION {
            return Err(LogError::Version(version));
        }
        let sector_bytes = head.u32()?;
        if !sector_bytes.is_power_of_two() || !(512..=1 << 16).contains(&sector_bytes) {
            return Err(LogError::SectorBytes(sector_bytes));
        }
        let mut reader = Reader { bytes, at: 0 };
        reader.take(u64::from(sector_bytes))?;
        let mut log = Self { sector_bytes, steps: Vec::new() };
        // Each takes up at least a sector of the log, so however many are promised, this ends.
        for _ in 0..entry_count {
            log.entry(&mut reader)?;
        }
        Ok(log)
    }

    fn entry(&mut self, reader: &mut Reader<'_>) -> Result<(), LogError> {
        let (at, sector_bytes) = (reader.at, u64::from(self.sector_bytes));
        let mut head = Reader { bytes: reader.take(sector_bytes)?, at: 0 };
        let (first, count, flags) = (head.u64()?, head.u64()?, head.u64()?);
        match flags {
            MARK => return Ok(()),
            DISCARD => {
                self.steps.push(Step::Discard { first, count });
                return Ok(());
            }
            _ if flags & !(FLUSH | FUA) != 0 => return Err(LogError::Flags { at, flags }),
            _ => {}
        }
        let data = reader.take(count.saturating_mul(sector_bytes))?.to_vec();
        if flags & FLUSH != 0 {
            self.steps.push(Step::Flush);
        }
        if count > 0 {
            self.steps.push(Step::Write { first, data, is_durable: flags & FUA != 0 });
        }
        Ok(())
    }
}

/// Bytes that are read from the front.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: u64) -> Result<&'a [u8], LogError> {
        let end = usize::try_from(bytes).ok().and_then(|bytes| self.at.checked_add(bytes));
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(LogError::Short { at: self.at, bytes })?;
        self.at += taken.len();
        Ok(taken)
    }

    fn u64(&mut self) -> Result<u64, LogError> {
        let bytes = self.take(8)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u32(&mut self) -> Result<u32, LogError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { at, bytes } => {
                write!(f, "the log ends before {bytes} bytes at {at}; it was cut off")
            }
            Self::Magic(0) => {
                write!(f, "the log was never counted; the guest has not flushed its disk")
            }
            Self::Magic(magic) => write!(f, "the log begins with {magic:#x}, not {MAGIC:#x}"),
            Self::Version(version) => write!(f, "the log has version {version}, not {VERSION}"),
            Self::SectorBytes(bytes) => {
                write!(f, "sectors of {bytes} bytes; they have a power of two from 512 to 65536")
            }
            Self::Flags { at, flags } => {
                write!(f, "the entry at byte {at} has flags {flags:#x}; they are 0 to 3, 4 or 8")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a sector of numbers.
    fn sector(numbers: &[u64]) -> Vec<u8> {
        let mut bytes: Vec<_> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        bytes.resize(512, 0);
        bytes
    }

    /// Makes a log of all that can stand in one.
    fn log() -> Vec<u8> {
        let write = [7; 1024];
        [
            &sector(&[MAGIC, VERSION, 6, 512])[..],
            &sector(&[5, 2, 0, 0]),
            &write,
            &sector(&[0, 0, FLUSH, 0]),
            &sector(&[0, 0, MARK, 4, 0x6b72_616d]),
            &sector(&[8, 1, FUA, 0]),
            &write[..512],
            &sector(&[9, 1, FLUSH | FUA, 0]),
            &write[..512],
            &sector(&[u64::MAX, u64::MAX, DISCARD, 0]),
        ]
        .concat()
    }

    /// Returns what is said of a log with `number` at byte `at`.
    fn with(at: usize, number: u64) -> Result<Log, LogError> {
        let mut bytes = log();
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        Log::parse(&bytes)
    }

    #[test]
    fn each_kind_of_entry_is_read() {
        let write = |first, sectors, is_durable| {
            let data = vec![7_u8; 512_usize * sectors];
            Step::Write { first, data, is_durable }
        };
        let discard = Step::Discard { first: u64::MAX, count: u64::MAX };
        let (one, two, three) = (write(5, 2, false), write(8, 1, true), write(9, 1, true));
        let steps = vec![one, Step::Flush, two, Step::Flush, three, discard];
        assert_eq!(Log::parse(&log()), Ok(Log { sector_bytes: 512, steps }));
    }

    #[test]
    fn a_log_that_is_cut_off_anywhere_is_refused() {
        let bytes = log();
        for end in 0..bytes.len() {
            let read = Log::parse(&bytes[..end]);
            assert!(matches!(read, Err(LogError::Short { .. })), "{end}: {read:?}");
        }
    }

    #[test]
    fn numbers_without_sense_are_refused() {
        assert_eq!(with(0, 0), Err(LogError::Magic(0)));
        assert_eq!(with(8, 2), Err(LogError::Version(2)));
        assert_eq!(with(24, 0), Err(LogError::SectorBytes(0)));
        assert_eq!(with(24, 513), Err(LogError::SectorBytes(513)));
        assert_eq!(with(24, 1 << 31), Err(LogError::SectorBytes(1 << 31)));
        assert_eq!(with(512 + 16, 16), Err(LogError::Flags { at: 512, flags: 16 }));
        assert_eq!(with(512 + 16, 5), Err(LogError::Flags { at: 512, flags: 5 }));
        for count in [9000, u64::MAX / 512, u64::MAX] {
            let bytes = count.saturating_mul(512);
            assert_eq!(with(512 + 8, count), Err(LogError::Short { at: 1024, bytes }));
        }
        let at = log().len();
        assert_eq!(with(16, u64::MAX), Err(LogError::Short { at, bytes: 512 }));
    }
}
