//! Any bytes as an answer: a client reads them, or says why not, the same however they arrive.
//!
//! The first byte says where the rest is cut.
#![no_main]

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../../tests/http/network.rs"]
mod network;

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use network::Network;
use sarab_device::{Flow, Listener, Tcp, Write};
use sarab_http::Client;
use sarab_runtime::{block_on_virtual, sleep, spawn};

fuzz_target!(|input: &[u8]| {
    let Some((&cut, bytes)) = input.split_first() else { return };
    let (first, rest) = bytes.split_at(usize::from(cut) * (bytes.len() + 1) / 256);
    assert_eq!(outcome(&[bytes]), outcome(&[first, rest]));
});

/// Answers a request with `pieces`; returns what the client made of it.
fn outcome(pieces: &[&[u8]]) -> String {
    let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.to_vec()).collect();
    block_on_virtual(async {
        let network = Network::default();
        let listener = network.listen(80).await.expect("a free port");
        drop(spawn(async move {
            let mut end = listener.accept().await.expect("a client");
            for piece in &pieces {
                if end.write_all(piece).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(1)).await;
            }
            let _ = end.finish().await;
            let _ = end.rest().await;
        }));
        match Client::new(network).get("http://192.0.2.1/").await {
            Ok(mut reply) => {
                let content = reply.body().bytes(1000).await;
                format!("{} {:?} {content:?}", reply.status, reply.headers)
            }
            Err(error) => error.to_string(),
        }
    })
}
