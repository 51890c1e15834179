//! Serves pages.
#![no_std]

use sarab::{Failure, prelude::*};

/// Serves pages.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    htdocs: impl KvRead,
    /// TCP port to listen on.
    #[key(default = 8080)]
    port: u16,
) -> Result<(), Failure> {
    let _ = (tcp, htdocs, port);
    Ok(())
}
