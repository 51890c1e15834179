//! Encryption at rest: a disk of which nothing can be read without a passphrase.
//!
//! The format, and what it protects from and what not, stands in `FORMAT.md` beside this crate: AES-256 in XTS mode,
//! a header with up to eight passphrases, made into keys by Argon2id.

mod cipher;
mod error;
mod header;
mod passphrases;
mod seal;
mod store;

use alloc::string::String;

use sarab_device::{Block, Bytes, Geometry};
use uguid::Guid;
use zeroize::Zeroizing;

pub use error::{EncryptionError, HeaderFault};
pub use passphrases::New;
pub use seal::Cost;

use crate::request::RequestError;
use cipher::Cipher;
use header::DATA_START;

/// A disk that is encrypted on the disk below.
///
/// Each of its sectors is one sector below, further on by the 64 KiB of the header; so it promises what the
/// disk below does. Encrypting takes the processor's time in `read` and `write` themselves. A discard does
/// nothing, since it would show which sectors are in use.
pub struct Encrypted<B> {
    block: B,
    geometry: Geometry,
    skipped: u64,
    cipher: Cipher,
}

/// What an encrypted disk tells of itself without a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its GUID.
    pub guid: Guid,
    /// Bytes in a unit of encryption.
    pub unit_bytes: u32,
    /// Passphrases that it has.
    pub passphrases: usize,
    /// Whether one of the two copies of its header is damaged.
    pub is_damaged: bool,
}

impl<B: Block> Encrypted<B> {
    /// Opens the encrypted disk on `block`.
    ///
    /// It takes the processor for as long as the passphrase was made to cost, for each that the disk has until
    /// one fits, and waits for nothing meanwhile; it takes the memory that was asked for then.
    ///
    /// # Errors
    /// Where `block` is not encrypted, in this format, or the passphrase does not fit, or the disk fails.
    pub async fn open(block: B, passphrase: String) -> Result<Self, EncryptionError<B::Error>> {
        let passphrase = Zeroizing::new(passphrase);
        let (header, _) = store::read(&block).await?;
        let (_, key) = header.unseal(passphrase.as_bytes())?;
        let whole = block.geometry();
        let skipped = DATA_START / u64::from(whole.sector_bytes);
        let sector_count = whole.sector_count.saturating_sub(skipped);
        let cipher = Cipher::new(&key, header.unit_bytes, whole.sector_bytes);
        Ok(Self { block, geometry: Geometry { sector_count, ..whole }, skipped, cipher })
    }

    /// Returns what the disk tells without a passphrase.
    ///
    /// # Errors
    /// Where it is not encrypted in this format, or fails.
    pub async fn look(block: &B) -> Result<Volume, EncryptionError<B::Error>> {
        let (header, copies) = store::read(block).await?;
        Ok(Volume {
            guid: header.guid,
            unit_bytes: header.unit_bytes,
            passphrases: header.used().count(),
            is_damaged: copies < 2,
        })
    }

    /// Reads `count` sectors from `first` on as they lie on the disk below: zeroes, where nothing was ever
    /// written.
    ///
    /// # Errors
    /// As for [`read`](Block::read).
    pub async fn read_sealed(
        &self,
        first: u64,
        count: u32,
    ) -> Result<Bytes, RequestError<B::Error>> {
        self.geometry.read_span(first, count)?;
        self.block.read(self.skipped + first, count).await.map_err(RequestError::Device)
    }

    /// Returns the disk below.
    pub fn into_inner(self) -> B {
        self.block
    }
}

impl<B: Block> Block for Encrypted<B> {
    type Error = RequestError<B::Error>;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
        Ok(self.cipher.decrypt(first, self.read_sealed(first, count).await?))
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.geometry.write_span(first, data.len())?;
        let data = self.cipher.encrypt(first, data);
        self.block.write(self.skipped + first, data).await.map_err(RequestError::Device)
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.geometry.write_span(first, data.len())?;
        let data = self.cipher.encrypt(first, data);
        self.block.write_through(self.skipped + first, data).await.map_err(RequestError::Device)
    }

    async fn flush(&self) -> Result<(), Self::Error> {
        self.block.flush().await.map_err(RequestError::Device)
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), Self::Error> {
        self.geometry.span(first, count)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
