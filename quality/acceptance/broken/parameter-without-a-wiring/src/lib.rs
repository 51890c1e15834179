//! Wants a device that nobody has heard of.
#![no_std]

use sarab::prelude::*;

/// A printer.
pub trait Printer {}

/// Prints.
#[sarab::job]
pub async fn start(tcp: impl Tcp, printer: impl Printer) {
    let _ = (tcp, printer);
}
