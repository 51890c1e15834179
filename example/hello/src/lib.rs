//! Says hello.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Says hello four times, a second apart.
#[sarab::job]
pub async fn start() {
    for _ in 0..4 {
        println!("hello");
        sleep(Duration::from_secs(1)).await;
    }
}
