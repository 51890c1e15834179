//! Any bytes to a server: what it sees and answers is the same however they arrive.
//!
//! The first two bytes say where the rest is cut.
#![no_main]

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../../tests/http/network.rs"]
mod network;

use std::{cell::RefCell, rc::Rc, time::Duration};

use libfuzzer_sys::fuzz_target;
use network::{CAPACITY, Network};
use sarab_device::{Flow, Tcp, Write};
use sarab_http::{BodyError, Request, Response, Server};
use sarab_runtime::{block_on_virtual, sleep, spawn, yield_now};

fuzz_target!(|input: &[u8]| {
    let Some((cuts, bytes)) = input.split_at_checked(2) else { return };
    let mut at = [cuts[0], cuts[1]].map(|cut| usize::from(cut) * (bytes.len() + 1) / 256);
    at.sort_unstable();
    let whole = exchange(&[bytes]);
    let cut = exchange(&[&bytes[..at[0]], &bytes[at[0]..at[1]], &bytes[at[1]..]]);
    assert_eq!(whole, cut);
});

/// Sends `pieces` one after the other; returns the requests that were seen and what came back.
fn exchange(pieces: &[&[u8]]) -> (Vec<String>, String) {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let handler = async move |mut request: Request<'_>| -> Result<Response, BodyError> {
        let content = request.body.bytes(100).await?;
        log.borrow_mut().push(format!("{request} {:?} {content:?}", request.headers));
        Ok(Response::text(request.method.name()))
    };
    let answers = block_on_virtual(async {
        let network = Network::default();
        let listener = network.listen(80).await.expect("a free port");
        drop(spawn(Server::new(listener).serve(handler)));
        yield_now().await;
        let mut end = network.connect_with(80, CAPACITY).expect("a server");
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            if end.write_all(piece).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        end.finish().await.expect("open");
        end.rest().await.0
    });
    (seen.take(), settled(&String::from_utf8_lossy(&answers)))
}

/// Leaves out what depends on the time: dates, and whether content had to be asked for.
fn settled(answers: &str) -> String {
    let answers = answers.replace("HTTP/1.1 100 Continue\r\n\r\n", "");
    answers.split_inclusive('\n').filter(|line| !line.starts_with("date: ")).collect()
}
