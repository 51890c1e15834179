//! Fetches a page and prints it.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;
use sarab_http as http;

/// The most bytes of a page.
const PAGE_BYTES_MAX: usize = 1 << 20;

/// Prints the status and the content of what is at `url`.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    /// What to fetch: `http://ADDRESS[:PORT]/PATH`.
    #[key(required)]
    url: String,
) -> Result<(), Failure> {
    let mut reply = http::Client::new(&tcp).get(&url).await?;
    println!("{}", reply.status);
    print!("{}", reply.body().text(PAGE_BYTES_MAX).await?);
    Ok(())
}
