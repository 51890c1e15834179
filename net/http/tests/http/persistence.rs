//! Connections that are kept: pipelining, closing, stopping.

use std::{rc::Rc, time::Duration};

use sarab_device::{Flow, Tcp, Write};
use sarab_http::{Limits, Request, Response, Server, Status};
use sarab_runtime::{Instant, block_on_virtual, now, request_stop, sleep, spawn};

use crate::{PORT, against, echo, exchange, network::Network, open, statuses, undated};

/// Several requests: without content, with both kinds of it, and with an empty line between.
const PIPELINE: &[u8] = b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n\
    POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello\
    POST /3 HTTP/1.1\r\nhost:h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n\
    \r\nGET /4 HTTP/1.1\nHost: h\n\n\
    HEAD /5 HTTP/1.1\r\nHost: h\r\n\r\n\
    POST /6 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn answer(line: &str) -> String {
    let length = line.len();
    format!(
        "HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\ncontent-length: {length}\n\n{line}"
    )
}

#[test]
fn pipelined_requests_are_answered_in_order_however_they_arrive() {
    let closing = answer("POST /6 \n").replace("\n\n", "\nconnection: close\n\n");
    let head = answer("HEAD /5 \n").replace("HEAD /5 \n", "");
    let expect = ["GET /1 \n", "POST /2 hello\n", "POST /3 abcde\n", "GET /4 \n"].map(answer);
    let expect = expect.concat() + &head + &closing;
    against(Limits::default(), echo, async |network| {
        for cut in 0..=PIPELINE.len() {
            let (first, second) = PIPELINE.split_at(cut);
            assert_eq!(exchange(&network, &[first, second]).await, expect, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = PIPELINE.chunks(1).collect();
        assert_eq!(exchange(&network, &bytes).await, expect);
    });
}

#[test]
fn requests_that_arrive_together_are_answered_by_one_write() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        let requests = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20);
        end.write_all(&requests).await.expect("room");
        sleep(Duration::from_millis(1)).await;
        assert_eq!((end.reads_of_peer(), end.writes_of_peer()), (1, 1));
        end.finish().await.expect("open");
        let (bytes, result) = end.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert_eq!((statuses(&text).len(), result), (20, Ok(())));
    });
}

#[test]
fn answers_are_gathered_up_to_a_bound_also_without_content() {
    let handler = async |_: Request<'_>| Response::new(Status::OK).header("a", "b".repeat(8000));
    against(Limits::default(), handler, async |network| {
        let mut end = network.connect_with(PORT, 1 << 22).expect("a server");
        let requests = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100);
        end.write_all(&requests).await.expect("room");
        sleep(Duration::from_millis(1)).await;
        assert_eq!((end.reads_of_peer(), end.writes_of_peer()), (1, 20));
    });
}

#[test]
fn a_slow_answer_does_not_hold_back_those_before_it() {
    let handler = async |request: Request<'_>| {
        if request.path() == "/slow" {
            sleep(Duration::from_secs(3)).await;
        }
        Response::text("done")
    };
    against(Limits::default(), handler, async |network| {
        let mut end = open(&network);
        let requests = b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /slow HTTP/1.1\r\nHost: h\r\n\r\n";
        end.write_all(requests).await.expect("room");
        end.readable().await.expect("the first answer");
        assert_eq!(now(), Instant::BOOT);
    });
}

#[test]
fn the_connection_is_kept_as_version_and_field_say() {
    against(Limits::default(), echo, async |network| {
        for (request, kept, field) in [
            ("GET / HTTP/1.1\r\nHost: h\r\n", true, None),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n", true, None),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", false, Some("close")),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, Close\r\n", false, Some("close")),
            ("GET / HTTP/1.0\r\n", false, Some("close")),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", true, Some("keep-alive")),
            ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n", false, Some("close")),
        ] {
            let text = exchange(&network, &[format!("{request}\r\n").repeat(2).as_bytes()]).await;
            assert_eq!(statuses(&text).len(), if kept { 2 } else { 1 }, "{request}");
            let said = text.lines().find_map(|line| line.strip_prefix("connection: "));
            assert_eq!(said, field, "{request}");
        }
    });
}

#[test]
fn a_request_that_is_cut_does_not_spoil_the_answers_before_it() {
    against(Limits::default(), echo, async |network| {
        for cut in ["", "\r\n", "\r", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\n"] {
            let mut end = open(&network);
            let requests = format!("GET / HTTP/1.1\r\nHost: h\r\n\r\n{cut}");
            end.write_all(requests.as_bytes()).await.expect("room");
            end.finish().await.expect("open");
            let (bytes, result) = end.rest().await;
            let text = undated(&String::from_utf8(bytes).expect("text"));
            assert_eq!((statuses(&text), result), (vec!["200"], Ok(())), "{cut:?}");
        }
    });
}

#[test]
fn empty_lines_between_requests_are_not_the_start_of_one() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        end.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n\r\n").await.expect("room");
        sleep(Duration::from_secs(30)).await; // longer than a head may take
        end.write_all(b"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        end.finish().await.expect("open");
        let text = undated(&String::from_utf8(end.rest().await.0).expect("text"));
        assert_eq!(statuses(&text), ["200", "200"]);
    });
}

#[test]
fn an_answer_may_end_the_connection() {
    let handler = async |_request: Request<'_>| Response::text("bye").close();
    let text = against(Limits::default(), handler, async |network| {
        exchange(&network, &[&b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2)]).await
    });
    assert_eq!(statuses(&text), ["200"]);
    assert!(text.contains("\nconnection: close\n"));
}

#[test]
fn more_connections_than_allowed_wait_for_their_turn() {
    let limits = Limits { connection_count: 2, ..Limits::default() };
    against(limits, echo, async |network| {
        let request = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let (mut first, second, mut third) = (open(&network), open(&network), open(&network));
        for end in [&mut first, &mut third] {
            end.write_all(request).await.expect("room");
        }
        sleep(Duration::from_secs(1)).await;
        assert_eq!((first.writes_of_peer(), third.writes_of_peer()), (1, 0));
        drop(second);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(third.writes_of_peer(), 1);
    });
}

#[test]
fn stopping_ends_idle_connections_and_lets_requests_end() {
    block_on_virtual(async {
        let network = Network::default();
        let listener = network.listen(PORT).await.expect("a free port");
        let handler = async |request: Request<'_>| {
            if request.path() == "/slow" {
                sleep(Duration::from_secs(2)).await;
            }
            Response::text("done")
        };
        let server = spawn(Server::new(listener).serve(handler));
        sarab_runtime::yield_now().await;
        let (mut idle, mut busy) = (open(&network), open(&network));
        idle.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        busy.write_all(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        sleep(Duration::from_secs(1)).await;
        request_stop();
        let (bytes, result) = idle.rest().await;
        assert_eq!((bytes.is_empty(), result, now()), (false, Ok(()), at(1)));
        assert!(network.connect_with(PORT, 1).is_err(), "the port is closed");
        let (bytes, result) = busy.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert!(text.contains("\nconnection: close\n"), "{text}");
        assert_eq!((result, now()), (Ok(()), at(2)));
        drop((idle, busy));
        assert_eq!((server.await, now()), (Ok(()), at(2)));
    });
}

#[test]
fn stopping_waits_only_so_long_for_requests() {
    block_on_virtual(async {
        let network = Network::default();
        let listener = network.listen(PORT).await.expect("a free port");
        let handler = async |_request: Request<'_>| -> Response {
            sleep(Duration::from_hours(1)).await;
            Response::text("done")
        };
        let limits = Limits { stop_time: Duration::from_secs(3), ..Limits::default() };
        let server = spawn(Server::new(listener).limits(limits).serve(handler));
        sarab_runtime::yield_now().await;
        let mut end = open(&network);
        end.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        sleep(Duration::from_secs(1)).await;
        request_stop();
        assert_eq!((server.await, now()), (Ok(()), at(4)));
    });
}

fn at(seconds: u64) -> Instant {
    Instant::BOOT + Duration::from_secs(seconds)
}

#[test]
fn a_handler_may_share_what_it_owns() {
    let visits = Rc::new(std::cell::Cell::new(0));
    let own = Rc::clone(&visits);
    let handler = async move |_request: Request<'_>| {
        own.set(own.get() + 1);
        "ok"
    };
    against(Limits::default(), handler, async |network| {
        exchange(&network, &[&b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(5)]).await
    });
    assert_eq!(visits.get(), 5);
}
