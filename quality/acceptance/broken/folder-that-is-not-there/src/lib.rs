//! Serves pages.
#![no_std]

use sarab::prelude::*;

/// Serves pages.
#[sarab::job]
pub async fn start(tcp: impl Tcp, docs: impl KvRead) {
    let _ = (tcp, docs);
}
