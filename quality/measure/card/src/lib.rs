//! Says a line with a network card open: what a start takes up to there.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Says the address of the card.
#[sarab::job]
pub async fn start(card: impl Net) {
    println!("{}", card.mac());
}
