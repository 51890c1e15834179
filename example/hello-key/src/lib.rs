//! Says what it is told to say.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Says `hello`, a few times.
#[sarab::job]
pub async fn start(
    /// What to say.
    #[key(default = "Hello, world")]
    hello: String,
    /// How often to say it.
    #[key(default = 4)]
    times: u32,
    /// How long to wait after each time.
    #[key(default = "1s")]
    pause: Duration,
) {
    for _ in 0..times {
        println!("{hello}");
        sleep(pause).await;
    }
}
