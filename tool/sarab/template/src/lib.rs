//! Serves a folder of pages.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{Failure, prelude::*};

/// Serves the pages of `htdocs` over HTTP until it is asked to stop.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    htdocs: impl KvRead + 'static,
    /// TCP port to listen on.
    #[key(default = 8080)]
    port: u16,
) -> Result<(), Failure> {
    let listener = tcp.listen(port).await?;
    println!("listening on port {}", listener.port());
    sarab_http::Server::new(listener).serve(sarab_http::files(htdocs)).await;
    Ok(())
}
