//! Serves pages.
#![no_std]

use sarab::prelude::*;

/// Serves pages and counts them.
#[sarab::job]
pub async fn start(tcp: impl Tcp) -> u32 {
    let _ = tcp;
    0
}
