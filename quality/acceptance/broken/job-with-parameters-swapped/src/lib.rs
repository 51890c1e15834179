//! Serves pages.
#![no_std]

use sarab::{Failure, prelude::*};

/// Serves pages.
pub async fn start(tcp: impl Tcp, htdocs: impl KvRead, port: u16) -> Result<(), Failure> {
    let _ = (tcp, htdocs, port);
    Ok(())
}
