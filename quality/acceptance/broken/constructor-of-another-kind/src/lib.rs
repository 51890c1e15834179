//! Wants TCP.
#![no_std]

use sarab::prelude::*;

/// A folder that is used without a word.
pub struct Quiet<D>(pub D);

/// Listens to nobody.
pub async fn start(tcp: impl Tcp) {
    let _ = tcp;
}
