//! Serves pages.
#![no_std]

use sarab::prelude::*;

/// Serves pages.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    /// TCP port to listen on.
    #[key(defualt = 8080)]
    port: u16,
) {
    let _ = (tcp, port);
}
