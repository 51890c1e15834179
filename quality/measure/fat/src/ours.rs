//! Sarab's, on the file as a disk.

use std::{error::Error, fmt, fs::File, io, os::unix::fs::FileExt, path::Path};

use embassy_futures::block_on;
use sarab_device::{Block, Bytes, ErrorKind, File as _, Fs, Geometry, Open};
use sarab_fat::Fat;

use crate::{Done, Library, PIECE_BYTES};

const SECTOR_BYTES: u32 = 512;

pub struct Sarab(Fat<FileDisk>);

impl Library for Sarab {
    fn open(image: &Path) -> Result<Self, Box<dyn Error>> {
        let file = File::options().read(true).write(true).open(image)?;
        let sector_count = file.metadata()?.len() / u64::from(SECTOR_BYTES);
        let disk = FileDisk { file, sector_count };
        Ok(Self(block_on(Fat::mount_with(disk, || None))?))
    }

    fn make(&mut self, name: &str, data: &[u8]) -> Done {
        block_on(async {
            let file = self.0.open(name, Open::New).await?;
            let mut offset = 0;
            for piece in data.chunks(PIECE_BYTES) {
                file.write_at(offset, Bytes::copy_from_slice(piece)).await?;
                offset += piece.len() as u64;
            }
            Ok(())
        })
    }

    fn read(&mut self, name: &str) -> Result<usize, Box<dyn Error>> {
        block_on(async {
            let file = self.0.open(name, Open::Read).await?;
            let mut size = 0;
            loop {
                match file.read_at(size as u64, PIECE_BYTES).await?.len() {
                    0 => return Ok(size),
                    count => size += count,
                }
            }
        })
    }

    fn close(self) -> Done {
        Ok(block_on(self.0.sync())?)
    }
}

/// A file as a disk, by plain system calls.
pub struct FileDisk {
    file: File,
    sector_count: u64,
}

impl Block for FileDisk {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        Geometry { sector_bytes: SECTOR_BYTES, sector_count: self.sector_count, is_writable: true }
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let mut data = vec![0; (count * SECTOR_BYTES) as usize];
        self.file.read_exact_at(&mut data, first * u64::from(SECTOR_BYTES)).map_err(DiskError)?;
        Ok(data.into())
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.file.write_all_at(&data, first * u64::from(SECTOR_BYTES)).map_err(DiskError)
    }

    async fn flush(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(DiskError)
    }
}

/// The host's error.
#[derive(Debug)]
pub struct DiskError(io::Error);

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for DiskError {}

impl sarab_device::Error for DiskError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Failed
    }
}
