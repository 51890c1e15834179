//! Serves a folder of pages.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;
use sarab_http as http;

/// Serves the pages of `htdocs` over HTTP until it is asked to stop.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    htdocs: impl KvRead,
    /// TCP port to listen on.
    #[key(default = 8080)]
    port: u16,
) -> Result<(), Failure> {
    let listener = tcp.listen(port).await?;
    println!("listening on port {}", listener.port());
    http::Server::new(listener).serve(http::files(htdocs)).await;
    Ok(())
}
