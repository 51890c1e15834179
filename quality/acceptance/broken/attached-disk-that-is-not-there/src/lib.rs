//! Reads a disk.
#![no_std]

use sarab::{Failure, prelude::*};

/// Reads its first sector.
#[sarab::job]
pub async fn start(data: impl Block) -> Result<(), Failure> {
    data.read(0, 1).await?;
    Ok(())
}
