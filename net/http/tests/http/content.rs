//! Content of requests and answers.

use std::time::Duration;

use sarab_device::{Bytes, Flow, Read, Write};
use sarab_http::{BodyError, Limits, Request, Response, Status};
use sarab_runtime::{sleep, timeout};

use crate::{PORT, against, echo, exchange, network::Broken, open, statuses, undated};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn content_may_be_read_piece_by_piece() {
    let handler = async |mut request: Request<'_>| -> Result<Response, BodyError> {
        let (length, mut sum) = (request.body.length(), 0);
        while let Some(piece) = request.body.next().await? {
            sum += piece.len();
        }
        Ok(Response::text(format!("{sum} of {length:?}")))
    };
    let limits = Limits { body_bytes: 1_000_000, ..Limits::default() };
    against(limits, handler, async |network| {
        let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n";
        let content = vec![b'a'; 1_000_000];
        let pieces: Vec<&[u8]> =
            std::iter::once(head.as_slice()).chain(content.chunks(50_000)).chain([GET]).collect();
        let text = exchange(&network, &pieces).await;
        assert_eq!(statuses(&text), ["200", "200"]);
        assert!(text.contains("1000000 of Some(1000000)"), "{text}");
    });
}

#[test]
fn content_beyond_the_limit_is_refused_whatever_the_handler_says() {
    let handler = async |mut request: Request<'_>| match request.path() {
        "/own" => request.body.bytes(4).await.map_or("ignored", |_| "read"),
        _ => request.body.bytes(usize::MAX).await.map_or("ignored", |_| "read"),
    };
    let limits = Limits { body_bytes: 5, ..Limits::default() };
    against(limits, handler, async |network| {
        for (path, framed, status) in [
            ("/", "Content-Length: 5\r\n\r\nhello", "200"),
            ("/", "Content-Length: 6\r\n\r\nhello!", "413"),
            ("/", "Transfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n1\r\no\r\n0\r\n\r\n", "200"),
            ("/", "Transfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n2\r\no!\r\n0\r\n\r\n", "413"),
            ("/", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello, world", "413"),
            ("/own", "Content-Length: 4\r\n\r\nhell", "200"),
            ("/own", "Content-Length: 5\r\n\r\nhello", "413"),
            ("/", "Transfer-Encoding: chunked\r\n\r\n4\nhell\n0\n\n", "400"),
            ("/", "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n", "400"),
        ] {
            let request = format!("POST {path} HTTP/1.1\r\nHost: h\r\n{framed}");
            let text = exchange(&network, &[request.as_bytes()]).await;
            assert_eq!(statuses(&text), [status], "{request}");
        }
    });
}

#[test]
fn text_must_be_text() {
    against(Limits::default(), echo, async |network| {
        let request = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n\xff";
        assert_eq!(statuses(&exchange(&network, &[request]).await), ["400"]);
    });
}

#[test]
fn content_that_is_not_read_is_passed_over() {
    let handler = async |_request: Request<'_>| "not read";
    against(Limits::default(), handler, async |network| {
        let head = "POST / HTTP/1.1\r\nHost: h\r\n";
        for (framed, count) in [
            ("Content-Length: 5\r\n\r\nhello", 2),
            ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 2),
            ("Content-Length: 500\r\n\r\nhello", 1), // who knows when the rest would come
            ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 1),
            ("Transfer-Encoding: chunked\r\n\r\nx", 1),
        ] {
            let request = format!("{head}{framed}");
            let text = exchange(&network, &[&[request.as_bytes(), GET].concat()]).await;
            assert_eq!(statuses(&text).len(), count, "{request}");
            assert_eq!(text.contains("\nconnection: close\n"), count == 1, "{request}");
        }
    });
}

#[test]
fn a_client_that_asks_first_is_told_to_send_when_the_content_is_read() {
    let handler = async |mut request: Request<'_>| -> Result<Response, BodyError> {
        if request.path() == "/no" {
            return Ok(Response::plain(Status::FORBIDDEN));
        }
        request.body.text(100).await.map(Response::text)
    };
    against(Limits::default(), handler, async |network| {
        let head = |path: &str, version: &str| {
            let fields = "Host: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
            format!("POST {path} {version}\r\n{fields}").into_bytes()
        };
        let text = exchange(&network, &[&head("/", "HTTP/1.1"), b"hello", GET]).await;
        assert_eq!(statuses(&text), ["100", "200", "200"]);
        assert!(text.starts_with("HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n"), "{text}");
        let text = exchange(&network, &[&head("/no", "HTTP/1.1"), GET]).await;
        assert_eq!(statuses(&text), ["403"]);
        assert!(text.contains("\nconnection: close\n"), "{text}");
        let together = [head("/", "HTTP/1.1"), b"hello".to_vec(), GET.to_vec()].concat();
        assert_eq!(statuses(&exchange(&network, &[&together]).await), ["200", "200"]);
        let old = exchange(&network, &[&head("/", "HTTP/1.0"), b"hello"]).await;
        assert_eq!(statuses(&old), ["200"]);
    });
}

/// Streams the pieces `a`, nothing, `bc`, with a pause before each.
fn stream(length: Option<u64>) -> Response {
    let mut pieces = ["a", "", "bc"].into_iter();
    let next = async move || {
        sleep(Duration::from_secs(1)).await;
        Ok::<_, String>(pieces.next().map(Bytes::from))
    };
    match length {
        Some(length) => Response::stream_of(length, next),
        None => Response::stream(next),
    }
}

#[test]
fn streamed_content_is_framed_as_the_client_understands() {
    let handler =
        async |request: Request<'_>| stream(request.query().and_then(|length| length.parse().ok()));
    against(Limits::default(), handler, async |network| {
        for (request, expect) in [
            (
                "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                "transfer-encoding: chunked\n\n1\na\n2\nbc\n0\n\n",
            ),
            ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "connection: close\n\nabc"),
            ("GET /?3 HTTP/1.1\r\nHost: h\r\n\r\n", "content-length: 3\n\nabc"),
            ("GET /?2 HTTP/1.1\r\nHost: h\r\n\r\n", "content-length: 2\n\nab"),
            ("GET /?0 HTTP/1.1\r\nHost: h\r\n\r\n", "content-length: 0\n\n"),
            ("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "transfer-encoding: chunked\n\n"),
            ("HEAD /?9 HTTP/1.1\r\nHost: h\r\n\r\n", "content-length: 9\n\n"),
        ] {
            let text = exchange(&network, &[request.as_bytes()]).await;
            assert_eq!(text, format!("HTTP/1.1 200 OK\n{expect}"), "{request}");
        }
    });
}

#[test]
fn what_is_streamed_is_sent_while_the_rest_is_awaited() {
    against(
        Limits::default(),
        async |_request: Request<'_>| stream(None),
        async |network| {
            let mut end = open(&network);
            end.write_all(GET).await.expect("room");
            for (millis, writes) in [(500, 1), (1500, 2), (3500, 3), (4500, 4)] {
                let now = sarab_runtime::now().since_boot();
                sleep(Duration::from_millis(millis).saturating_sub(now)).await;
                assert_eq!(end.writes_of_peer(), writes, "after {millis} ms");
            }
        },
    );
}

#[test]
fn streamed_content_that_fails_resets_the_connection() {
    let handler = async |request: Request<'_>| match request.path() {
        "/short" => stream(Some(5)),
        _ => Response::stream(async || Err("the disk is on fire")),
    };
    against(Limits::default(), handler, async |network| {
        for path in ["/short", "/fire"] {
            let mut end = open(&network);
            let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            end.write_all(request.as_bytes()).await.expect("room");
            assert_eq!(end.rest().await.1, Err(Broken::Reset), "{path}");
        }
    });
}

#[test]
fn much_content_is_sent_as_it_is() {
    let content = Bytes::from(vec![b'a'; 1_000_000]);
    let expect = content.clone();
    let handler =
        async move |_request: Request<'_>| Response::new(Status::OK).body(content.clone());
    against(Limits::default(), handler, async |network| {
        let mut end = open(&network);
        end.write_all(GET).await.expect("room");
        end.finish().await.expect("open");
        let (bytes, result) = end.rest().await;
        assert!(bytes.ends_with(&expect) && result.is_ok());
    });
}

#[test]
fn a_handler_that_fails_is_a_500_that_tells_nothing() {
    let handler = async |request: Request<'_>| match request.path() {
        "/error" => Err("the password is 1234"),
        "/field" => Ok(Response::text("x").header("location", "/\r\nset-cookie: a=b")),
        "/name" => Ok(Response::text("x").header("a b", "c")),
        "/own" => Ok(Response::text("x").header("Content-Length", "5")),
        "/interim" => Ok(Response::new(Status::CONTINUE)),
        _ => Ok(Response::text("x").header("a", "b")),
    };
    against(Limits::default(), handler, async |network| {
        for path in ["/error", "/field", "/name", "/own", "/interim"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            let text = exchange(&network, &[request.as_bytes(), GET]).await;
            assert_eq!(statuses(&text), ["500", "200"], "{path}");
            let (failed, _) = text.rsplit_once("HTTP/1.1 200").expect("two answers");
            assert!(failed.ends_with("\n\n500 Internal Server Error\n"), "{path}: {failed}");
        }
    });
}

#[test]
fn answers_that_never_have_content_have_none() {
    let handler = async |request: Request<'_>| match request.path() {
        "/204" => Response::plain(Status::NO_CONTENT),
        _ => Response::plain(Status::NOT_MODIFIED),
    };
    against(Limits::default(), handler, async |network| {
        for path in ["/204", "/304"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").repeat(2);
            let text = exchange(&network, &[request.as_bytes()]).await;
            assert_eq!(statuses(&text), [&path[1..]; 2]);
            assert!(!text.contains("content-length") && text.ends_with("\n\n"), "{text}");
        }
    });
}

#[test]
fn a_refusal_reaches_a_client_that_is_still_sending() {
    let handler = async |_request: Request<'_>| "never asked";
    against(Limits::default(), handler, async |network| {
        let mut end = open(&network);
        end.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n")
            .await
            .expect("room");
        for _ in 0..20 {
            end.write_all(&vec![b'a'; 50_000]).await.expect("the server still reads");
        }
        end.finish().await.expect("open");
        let (bytes, result) = end.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert_eq!((statuses(&text), result), (vec!["413"], Ok(())));
    });
}

#[test]
fn a_client_is_told_to_continue_once_although_the_read_that_did_was_dropped() {
    let handler = async |mut request: Request<'_>| -> Result<Response, BodyError> {
        let first = timeout(Duration::from_secs(1), request.body.next()).await;
        assert!(first.is_err(), "nothing was sent yet");
        Ok(Response::text(request.body.bytes(100).await?))
    };
    against(Limits::default(), handler, async |network| {
        let mut end = network.connect_with(PORT, 10).expect("a server");
        let head =
            b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        end.write_all(head).await.expect("room");
        sleep(Duration::from_secs(5)).await;
        let mut interim = [0; 25];
        end.read_exact(&mut interim).await.expect("a word to go on");
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        end.write_all(b"hello").await.expect("room");
        end.finish().await.expect("open");
        let (bytes, _) = end.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert!(text.starts_with("HTTP/1.1 200 OK\n") && text.ends_with("hello"), "{text}");
    });
}
