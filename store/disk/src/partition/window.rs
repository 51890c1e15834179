//! A row of sectors of a disk as a disk of its own.

use sarab_device::{Block, Bytes, Geometry, SpanError};

use super::{OpenError, Table};
use crate::request::RequestError;

/// A part of a disk, as a disk of its own: its sector 0 is the part's first.
///
/// It promises what the disk does. A flush is one of the whole disk, and so is the memory of one
/// that failed. Parts of one disk are opened on a shared one (`Rc<B>`); nobody keeps them apart but
/// their numbers.
#[derive(Clone, Debug)]
pub struct Partition<B> {
    block: B,
    first: u64,
    geometry: Geometry,
}

impl<B: Block> Partition<B> {
    /// Opens partition `number` of the table on `block`, counted as Linux does: from 1, logical ones
    /// of an MBR from 5.
    ///
    /// What is wrong with the table but does not hinder goes to the log as a warning.
    ///
    /// # Errors
    /// Where there is no sound table, or no such partition in it.
    pub async fn open(block: B, number: u32) -> Result<Self, OpenError<B::Error>> {
        let table = Table::read(&block).await?;
        for warning in &table.warnings {
            log::warn!("partitions: {warning}");
        }
        let Some(entry) = table.entry(number) else {
            let numbers = table.entries.iter().map(|entry| entry.number).collect();
            return Err(OpenError::Missing { number, numbers });
        };
        Ok(Self::new(block, entry.first, entry.count)?)
    }

    /// Takes the `count` sectors of `block` from sector `first` on.
    ///
    /// # Errors
    /// Where a part of them lies past the end.
    pub fn new(block: B, first: u64, count: u64) -> Result<Self, SpanError> {
        let whole = block.geometry();
        whole.span(first, count)?;
        Ok(Self { block, first, geometry: Geometry { sector_count: count, ..whole } })
    }

    /// Returns the disk that it is a part of.
    pub fn into_inner(self) -> B {
        self.block
    }
}

impl<B: Block> Block for Partition<B> {
    type Error = RequestError<B::Error>;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
        self.geometry.read_span(first, count)?;
        self.block.read(self.first + first, count).await.map_err(RequestError::Device)
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.geometry.write_span(first, data.len())?;
        self.block.write(self.first + first, data).await.map_err(RequestError::Device)
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.geometry.write_span(first, data.len())?;
        self.block.write_through(self.first + first, data).await.map_err(RequestError::Device)
    }

    async fn flush(&self) -> Result<(), Self::Error> {
        self.block.flush().await.map_err(RequestError::Device)
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), Self::Error> {
        self.geometry.span(first, count)?;
        self.block.discard(self.first + first, count).await.map_err(RequestError::Device)
    }
}
