//! An open file on an image.

use sarab_device::{Bytes, File};
use sarab_fat::FatFile;
use sarab_treefs::TreeFile;

use super::{Disk, VolumeError, values::ValueFile};

/// An open file on an image.
pub(crate) enum VolumeFile {
    /// On FAT.
    Fat(FatFile<Disk>),
    /// In a store.
    Tree(TreeFile<Disk>),
    /// A value in a store.
    Value(ValueFile),
}

impl File for VolumeFile {
    type Error = VolumeError;

    async fn size_bytes(&self) -> Result<u64, VolumeError> {
        match self {
            Self::Fat(file) => Ok(file.size_bytes().await?),
            Self::Tree(file) => Ok(file.size_bytes().await?),
            Self::Value(file) => file.size_bytes().await,
        }
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, VolumeError> {
        match self {
            Self::Fat(file) => Ok(file.read_at(offset, count).await?),
            Self::Tree(file) => Ok(file.read_at(offset, count).await?),
            Self::Value(file) => file.read_at(offset, count).await,
        }
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), VolumeError> {
        match self {
            Self::Fat(file) => Ok(file.write_at(offset, data).await?),
            Self::Tree(file) => Ok(file.write_at(offset, data).await?),
            Self::Value(file) => file.write_at(offset, &data),
        }
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), VolumeError> {
        match self {
            Self::Fat(file) => Ok(file.set_size(size_bytes).await?),
            Self::Tree(file) => Ok(file.set_size(size_bytes).await?),
            Self::Value(file) => file.set_size(size_bytes).await,
        }
    }

    async fn sync(&self) -> Result<(), VolumeError> {
        match self {
            Self::Fat(file) => Ok(file.sync().await?),
            Self::Tree(file) => Ok(file.sync().await?),
            Self::Value(file) => file.sync().await,
        }
    }
}
