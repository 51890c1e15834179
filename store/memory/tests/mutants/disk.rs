//! Disks with a flaw.

use embassy_futures::yield_now;
use sarab_device::{Block, Bytes, Geometry, SpanError, check};
use sarab_memory::{DiskError, RamDisk};

use super::{Flawed, caught, run};

impl Block for Flawed<RamDisk> {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        let mut geometry = self.device.geometry();
        match self.flaw {
            "has odd sectors" => geometry.sector_bytes = 1000,
            "is too large" => geometry.sector_count = u64::MAX,
            "grows" => geometry.sector_count += u64::from(self.count()),
            "cannot be written but is" => geometry.is_writable = false,
            _ => {}
        }
        geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        if self.has("refuses to read nothing") && count == 0 {
            return Err(DiskError::Span(SpanError::ReadOnly));
        }
        let end = self.geometry().sector_count;
        if self.has("reads past the end") && first >= end {
            return Ok(Bytes::from(vec![0; count as usize * 512]));
        }
        if self.has("names the wrong reason") && first >= end && count > 0 {
            return Err(DiskError::NoMemory);
        }
        let read = self.device.read(first, count).await?;
        if self.has("reads too little") && count > 1 {
            return Ok(read.slice(1..));
        }
        Ok(read)
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let sectors = data.len() / 512;
        let end = self.geometry().sector_count;
        match self.flaw {
            "takes ragged data" if !data.len().is_multiple_of(512) => return Ok(()),
            "writes what fits" if first < end && first + sectors as u64 > end => {
                let fitting = usize::try_from(end - first).unwrap() * 512;
                self.device.write(first, data.slice(..fitting)).await?;
            }
            "writes the whole sectors of ragged data" if sectors > 0 && first == 0 => {
                self.device.write(first, data.slice(..sectors * 512)).await?;
            }
            "forgets a write" if self.count() == 7 => return Ok(()),
            "touches the next sector" if sectors == 1 && first < end - 1 => {
                self.device.write(first + 1, Bytes::from(vec![0; 512])).await?;
            }
            "wraps at 32 bits" if first < end && first + sectors as u64 <= end => {
                return self.device.write(first & u64::from(u32::MAX), data).await;
            }
            "wraps at 4 GiB" if first < end && first + sectors as u64 <= end => {
                return self.device.write(first % (1 << 23), data).await;
            }
            "writes halves in any order" if data.len() == 512 && first == 0 => {
                return self.halves(data, self.count().is_multiple_of(2)).await;
            }
            "tears a dropped write" if data.len() == 512 && first == 0 => {
                return self.halves(data, true).await;
            }
            "drops a big request" if sectors > 1000 => return Ok(()),
            _ => {}
        }
        yield_now().await;
        self.device.write(first, data).await
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        if self.has("forgets a write-through") && data.len() == 512 && first == 0 {
            return Ok(());
        }
        self.write(first, data).await
    }

    async fn flush(&self) -> Result<(), DiskError> {
        if self.has("cannot flush") {
            return Err(DiskError::NoMemory);
        }
        if self.has("forgets by a flush") {
            self.device.discard(0, 1).await?;
        }
        yield_now().await;
        self.device.flush().await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        let more = u64::from(self.has("discards too much"));
        self.device.discard(first, count + more).await
    }
}

impl Flawed<RamDisk> {
    /// Writes one sector in two halves, with a pause between them.
    async fn halves(&self, data: Bytes, is_first_first: bool) -> Result<(), DiskError> {
        for half in [is_first_first, !is_first_first] {
            let mut sector = self.device.read(0, 1).await?.to_vec();
            let part = if half { 0..256 } else { 256..512 };
            sector[part.clone()].copy_from_slice(&data[part]);
            self.device.write(0, sector.into()).await?;
            yield_now().await;
        }
        Ok(())
    }
}

fn disk(flaw: &'static str) -> Flawed<RamDisk> {
    Flawed::new(RamDisk::new(512, (1 << 33) + 7).unwrap(), flaw)
}

#[test]
fn a_disk_that_waits_keeps_its_promises() {
    assert_eq!(run(check::block(&disk("none"))), Ok(()));
}

#[test]
fn every_flaw_of_a_disk_is_found() {
    let flaws = [
        ("has odd sectors", "a sector is a power of two of bytes, at least 512"),
        ("is too large", "the size of a disk in bytes fits 64 bits"),
        ("grows", "the geometry does not change"),
        (
            "cannot be written but is",
            "a disk that cannot be written refuses with ReadOnly and stays as it is",
        ),
        ("refuses to read nothing", "a read of no sectors is valid"),
        ("reads too little", "a read returns exactly the sectors that were asked for"),
        ("reads past the end", "a read past the end fails with InvalidInput"),
        ("names the wrong reason", "a read past the end fails with InvalidInput"),
        ("takes ragged data", "data that are not whole sectors are refused with InvalidInput"),
        ("writes the whole sectors of ragged data", "a refused write writes nothing"),
        ("writes what fits", "a refused write writes nothing"),
        ("forgets a write", "a write touches its own sectors and no others"),
        ("touches the next sector", "a write touches its own sectors and no others"),
        ("wraps at 32 bits", "each sector is a place of its own"),
        ("wraps at 4 GiB", "each sector is a place of its own"),
        ("drops a big request", "a request may be as large as the disk"),
        ("forgets a write-through", "a completed write-through is seen by every later read"),
        (
            "writes halves in any order",
            "overlapping requests leave each sector with one value, whole",
        ),
        (
            "tears a dropped write",
            "a sector whose write was dropped holds the old value or the new one",
        ),
        ("cannot flush", "a flush of a sound disk completes"),
        ("forgets by a flush", "a flush changes nothing that is read"),
        ("discards too much", "a discard touches its own sectors and no others"),
    ];
    for (flaw, promise) in flaws {
        caught(flaw, promise, check::block(&disk(flaw)));
    }
}
