//! Fetches a page and prints it.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::string::String;

use sarab::{Failure, prelude::*};
use sarab_http as http;

/// Prints the status and the body of what is at `url`.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    /// What to fetch: `http://ADDRESS[:PORT]/PATH`.
    #[key(required)]
    url: String,
) -> Result<(), Failure> {
    let response = http::Client::new(&tcp).get(&url).await?;
    println!("{}", response.status());
    print!("{}", String::from_utf8_lossy(response.body()));
    Ok(())
}
