//! Takes bytes on one port of TCP and throws them away (RFC 863), and sends some on another as fast as it can.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec;

use sarab::{future::join, prelude::*};

/// Bytes that are read or written at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Serves both ports until it is asked to stop.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    /// Port on which bytes are taken.
    #[key(default = 5001)]
    sink: u16,
    /// Port on which bytes are sent.
    #[key(default = 5002)]
    source: u16,
) -> Result<(), Failure> {
    let (sink, source) = (tcp.listen(sink).await?, tcp.listen(source).await?);
    println!("listening on ports {} and {}", sink.port(), source.port());
    let (taken, sent) = join(take_all(&sink), send_all(&source)).await;
    taken.and(sent)
}

async fn take_all(listener: &impl Listener) -> Result<(), Failure> {
    loop {
        let mut flow = listener.accept().await?;
        spawn(async move {
            // A peer that breaks off is done as well.
            let _ = take(&mut flow).await;
        });
    }
}

/// Reads to the end, and then ends, too: so the peer knows that everything has arrived.
async fn take<F: Flow>(flow: &mut F) -> Result<(), F::Error> {
    let mut piece = vec![0; PIECE_BYTES];
    while flow.read(&mut piece).await? > 0 {}
    flow.finish().await
}

async fn send_all(listener: &impl Listener) -> Result<(), Failure> {
    loop {
        let mut flow = listener.accept().await?;
        spawn(async move {
            let piece = vec![0x5a; PIECE_BYTES];
            while flow.write_all(&piece).await.is_ok() {}
        });
    }
}
