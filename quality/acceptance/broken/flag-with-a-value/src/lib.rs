//! Greets.
#![no_std]

use sarab::prelude::*;

/// Greets the world.
#[sarab::job]
pub async fn start(
    /// Whether to shout.
    loud: bool,
) {
    println!("{}", if loud { "HELLO" } else { "hello" });
}
