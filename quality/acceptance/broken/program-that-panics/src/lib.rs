//! Counts on what is not there.
#![no_std]
extern crate alloc;

use alloc::{string::String, vec::Vec};

use sarab::prelude::*;

/// Greets the first of nobody.
#[sarab::job]
pub async fn start(names: Vec<String>) {
    println!("hello {}", names[0]);
}
