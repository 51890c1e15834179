//! Serves pages, up to a parenthesis.
#![no_std]

use sarab::prelude::*;

/// Serves pages.
#[sarab::job]
pub async fn start(tcp: impl Tcp {
    let _ = tcp;
}
