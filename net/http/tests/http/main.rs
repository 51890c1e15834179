//! Servers and clients over a network in memory, in virtual time.

mod client;
mod content;
mod heads;
mod mutations;
mod network;
mod pages;
mod patience;
mod persistence;

use std::{future::Future, time::Duration};

use network::{CAPACITY, End, Network};
use sarab_device::{Tcp, Write};
use sarab_http::{IntoResponse, Limits, Method, Request, Response, Server, Status};
use sarab_runtime::{block_on_virtual, spawn};

/// The port of every server here.
const PORT: u16 = 80;

/// Runs `test` against a server with `handler` and `limits`, in virtual time.
fn against<R: IntoResponse + 'static, F: Future>(
    limits: Limits,
    handler: impl AsyncFn(Request<'_>) -> R + 'static,
    test: impl FnOnce(Network) -> F,
) -> F::Output {
    block_on_virtual(async {
        let network = Network::default();
        let listener = network.listen(PORT).await.expect("a free port");
        drop(spawn(Server::new(listener).limits(limits).serve(handler)));
        sarab_runtime::yield_now().await;
        test(network).await
    })
}

/// Answers with what was asked: method, target and content.
async fn echo(mut request: Request<'_>) -> Result<Response, sarab_http::BodyError> {
    let content = request.body.text(1000).await?;
    Ok(Response::text(format!("{} {} {content}\n", request.method, request.path())))
}

/// Opens a connection to the server.
fn open(network: &Network) -> End {
    network.connect_with(PORT, CAPACITY).expect("a server")
}

/// Sends `input`, as pieces that arrive one after the other, and ends; returns all that comes back.
async fn exchange(network: &Network, pieces: &[&[u8]]) -> String {
    let mut end = open(network);
    for piece in pieces {
        end.write_all(piece).await.expect("room");
        sarab_runtime::sleep(Duration::from_millis(1)).await;
    }
    sarab_device::Flow::finish(&mut end).await.expect("an open connection");
    let (bytes, _) = end.rest().await;
    undated(&String::from_utf8(bytes).expect("text"))
}

/// Leaves out the dates, which must be there; every run has its own.
fn undated(text: &str) -> String {
    let is_date = |line: &&str| line.starts_with("date: Thu, 01 Jan 1970 00:");
    let dates = text.lines().filter(is_date).count();
    let finals = text.matches("HTTP/1.1 ").count() - text.matches("HTTP/1.1 100 ").count();
    assert_eq!(dates, finals, "an answer without its date: {text}");
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !is_date(&line.trim_end())).collect::<String>().replace("\r\n", "\n")
}

/// Returns the status lines in `text`.
fn statuses(text: &str) -> Vec<&str> {
    text.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)).collect()
}

#[test]
fn a_request_costs_one_read_and_one_write() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        for turn in 1..=3 {
            end.write_all(b"GET /a HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n")
                .await
                .expect("room");
            sarab_runtime::sleep(Duration::from_millis(1)).await;
            assert_eq!((end.reads_of_peer(), end.writes_of_peer()), (turn, turn));
        }
    });
}

#[test]
fn an_answer_has_its_fields_in_order() {
    let text = against(Limits::default(), echo, async |network| {
        exchange(&network, &[b"GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"]).await
    });
    assert_eq!(
        text,
        "HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\ncontent-length: 8\n\nGET /a \n"
    );
}

#[test]
fn a_head_is_answered_like_a_get_without_the_content() {
    let text = against(Limits::default(), echo, async |network| {
        let head = b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n";
        exchange(&network, &[head, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"]).await
    });
    let (head, get) = text.split_once("\n\n").expect("two answers");
    assert!(head.ends_with("\ncontent-length: 9"), "{head}");
    assert!(get.starts_with("HTTP/1.1 200 OK\n"), "{get}");
}

#[test]
fn a_handler_may_be_any_function_of_a_request() {
    let handler = async |request: Request<'_>| match (request.method, request.path()) {
        (Method::Get, "/") => Response::html("<p>hello</p>"),
        (Method::Get, _) => Response::plain(Status::NOT_FOUND),
        _ => Response::plain(Status::METHOD_NOT_ALLOWED).header("allow", "GET"),
    };
    let text = against(Limits::default(), handler, async |network| {
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes();
        exchange(&network, &[&get("/"), &get("/a"), b"PUT / HTTP/1.1\r\nHost: h\r\n\r\n"]).await
    });
    assert_eq!(statuses(&text), ["200", "404", "405"]);
}
