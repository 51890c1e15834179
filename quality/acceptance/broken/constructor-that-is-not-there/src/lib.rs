//! Serves pages.
#![no_std]

use core::convert::Infallible;

use sarab::{Failure, prelude::*};

/// A folder that is used without a word.
pub struct Quiet<D>(pub D);

impl<D: KvRead> Quiet<D> {
    /// Opens `folder`.
    pub async fn open(folder: D) -> Result<Self, Infallible> {
        Ok(Self(folder))
    }
}

/// Serves pages.
pub async fn start<D>(tcp: impl Tcp, htdocs: Quiet<D>, port: u16) -> Result<(), Failure> {
    let _ = (tcp, htdocs, port);
    Ok(())
}
