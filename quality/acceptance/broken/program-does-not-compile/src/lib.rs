//! Serves pages, almost.
#![no_std]

use sarab::{Failure, prelude::*};

/// Serves pages.
#[sarab::job]
pub async fn start(tcp: impl Tcp, htdocs: impl KvRead) -> Result<(), Failure> {
    let listener = tcp.lisen(80).await?;
    let _ = (listener, htdocs);
    Ok(())
}
