//! Serves pages.
#![no_std]

use sarab::prelude::*;

/// Serves pages.
#[sarab::job]
pub fn start(tcp: impl Tcp) {
    let _ = tcp;
}
