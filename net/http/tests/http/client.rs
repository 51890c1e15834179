//! The client, against the server and against servers that are not so good.

use std::time::Duration;

use sarab_device::{Bytes, Flow, Listener, Read, Tcp, Write};
use sarab_http::{BodyError, Call, Client, ClientError, Limits, Method, Request, Response, Status};
use sarab_runtime::{block_on_virtual, now, sleep, spawn};

use crate::{
    PORT, against, echo,
    network::{Broken, Network},
};

#[test]
fn the_client_understands_the_server() {
    let handler = async |mut request: Request<'_>| -> Result<Response, BodyError> {
        let content = request.body.text(100).await?;
        let host = request.host().unwrap_or_default();
        let line = format!("{} {} {host} {content}", request.method, request.path());
        let text = Bytes::from(line);
        Ok(match request.query() {
            Some("stream") => {
                let mut pieces = vec![text.slice(..4), text.slice(4..)].into_iter();
                Response::stream(async move || Ok::<_, String>(pieces.next()))
            }
            _ => Response::text(text).header("x-a", "b"),
        })
    };
    against(Limits::default(), handler, async |network| {
        let client = Client::new(&network);
        let mut reply = client.get("http://192.0.2.1/a").await.expect("an answer");
        assert_eq!((reply.status, reply.headers.get("X-A")), (Status::OK, Some("b")));
        assert_eq!(reply.body().length(), Some(17));
        assert_eq!(reply.body().text(17).await.as_deref(), Ok("GET /a 192.0.2.1 "));
        assert_eq!(reply.body().next().await, Ok(None));
        let mut reply = client.get("http://[::1]:80/b?stream").await.expect("an answer");
        assert_eq!(reply.body().text(99).await.as_deref(), Ok("GET /b [::1]:80 "));
        let call = Call::new(Method::Put, "http://192.0.2.1").body("hello").header("a", "b");
        let mut reply = client.send(call).await.expect("an answer");
        assert_eq!(reply.body().text(99).await.as_deref(), Ok("PUT / 192.0.2.1 hello"));
        let call = Call::new(Method::Head, "http://192.0.2.1/c");
        let mut reply = client.send(call).await.expect("an answer");
        assert_eq!(reply.headers.get("content-length"), Some("18"));
        assert_eq!(reply.body().bytes(0).await, Ok(Bytes::new()));
    });
}

#[test]
fn an_answer_longer_than_wanted_is_refused() {
    against(Limits::default(), echo, async |network| {
        let mut reply = Client::new(&network).get("http://192.0.2.1/").await.expect("an answer");
        assert_eq!(reply.body().bytes(6).await, Err(BodyError::TooLarge(6)));
    });
}

#[test]
fn what_cannot_be_sent_is_not() {
    block_on_virtual(async {
        let network = Network::default();
        let client = Client::new(&network);
        for (field, value) in [("a", "b\r\nc: d"), ("a b", "c"), ("Host", "h")] {
            let call = Call::new(Method::Get, "http://192.0.2.1/").header(field, value);
            let error = client.send(call).await.err().expect("an error");
            assert!(matches!(error, ClientError::Header(_)), "{error}");
        }
        let refused = client.get("http://192.0.2.1/").await.err().expect("an error");
        assert_eq!(refused, ClientError::Connect(Broken::Refused));
        assert_eq!(refused.to_string(), "no connection: connection refused");
        let name = client.get("http://example.org/").await.err().expect("an error");
        assert!(name.to_string().contains("`example.org` is a name"), "{name}");
    });
}

/// Asks a server that answers with `answer`, whatever it was asked, in pieces of `piece` bytes.
async fn ask(answer: &'static [u8], piece: usize) -> Result<(u16, String), String> {
    let network = Network::default();
    let listener = network.listen(PORT).await.expect("a free port");
    drop(spawn(async move {
        let mut end = listener.accept().await.expect("a client");
        end.read(&mut [0; 1000]).await.expect("a request");
        for piece in answer.chunks(piece) {
            end.write_all(piece).await.expect("room");
            sleep(Duration::from_millis(1)).await;
        }
        end.finish().await.expect("open");
        end.rest().await
    }));
    let client = Client::new(&network);
    let mut reply = client.get("http://192.0.2.1/").await.map_err(|error| error.to_string())?;
    let text = reply.body().text(100).await.map_err(|error| error.to_string())?;
    Ok((reply.status.code(), text))
}

#[test]
fn the_client_understands_whatever_is_http() {
    for (answer, status, text) in [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc".as_slice(), 200, "ab"),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", 200, "abc"),
        (b"HTTP/1.0 404 \r\nA: b\r\n\r\nabc", 404, "abc"),
        (b"HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, "abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\nabc", 204, ""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, ""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\na", 200, "a"),
    ] {
        for piece in [1, 7, answer.len()] {
            let result = block_on_virtual(ask(answer, piece));
            assert_eq!(result, Ok((status, text.into())), "{}", answer.escape_ascii());
        }
    }
}

#[test]
fn the_client_refuses_what_is_not_http() {
    for (answer, error) in [
        (b"".as_slice(), "the connection ended before the answer did"),
        (b"HTTP/1.1 200 OK\r\n", "the connection ended before the answer did"),
        (b"SSH-2.0-OpenSSH\r\n", "the answer is malformed: no version in the start line"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "the answer is malformed: a status that is not three digits"),
        (
            b"HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n",
            "the answer is malformed: a wrong byte in the name of a header field",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "the connection ended before the content did",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
            "the connection ended before the content did",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            "the answer is malformed: both a Content-Length and a Transfer-Encoding",
        ),
        (
            b"HTTP/1.1 101 Switching\r\n\r\n",
            "the answer is malformed: another protocol, which was not asked for",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff", "the content is malformed: not UTF-8"),
    ] {
        let result = block_on_virtual(ask(answer, 5));
        assert_eq!(result, Err(error.into()), "{}", answer.escape_ascii());
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    block_on_virtual(async {
        let network = Network::default();
        let _listener = network.listen(PORT).await.expect("a free port");
        let client = Client::new(&network).time(Duration::from_secs(3));
        let error = client.get("http://192.0.2.1/").await.err();
        assert_eq!((error, now().since_boot().as_secs()), (Some(ClientError::TimedOut), 3));
    });
}

#[test]
fn a_refusal_that_comes_while_the_client_sends_is_heard() {
    let limits = Limits { body_bytes: 100, ..Limits::default() };
    against(limits, echo, async |network| {
        let call = Call::new(Method::Post, "http://192.0.2.1/").body(vec![b'a'; 500_000]);
        let reply = Client::new(&network).send(call).await.expect("an answer");
        assert_eq!(reply.status, Status::CONTENT_TOO_LARGE);
    });
}
