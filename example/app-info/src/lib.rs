//! Tells what it was made of.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Prints the name and the version of the unikernel and of every crate in it.
#[sarab::job]
pub async fn start() {
    let app = sarab::app();
    println!("{} {} on {}", app.name, app.version, app.target);
    for (name, version) in app.crates {
        println!("  {name} {version}");
    }
}
