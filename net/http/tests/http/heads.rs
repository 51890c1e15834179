//! Heads that are refused, and those that must not be.

use sarab_http::{Limits, Request, Response};

use crate::{against, echo, exchange, statuses};

#[test]
fn a_wrong_head_gets_its_status_and_ends_the_connection() {
    let field = |field: &str| format!("GET / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n");
    let post = |field: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n0\r\n\r\n");
    let cases = [
        ("400", "GET / HTTP/1.1\r\n\r\n".into()),
        ("400", field("Host: i")),
        ("400", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into()),
        ("400", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n".into()),
        ("400", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n".into()),
        ("400", field("A: b\r\n folded")),
        ("400", field("A : b")),
        ("400", field(" A: b")),
        ("400", field("A: b\rc")),
        ("400", field("A: b\0")),
        ("400", field("A")),
        ("400", field(": b")),
        ("400", field("\u{e4}: b")),
        ("400", "GET /\r\nHost: h\r\n\r\n".into()),
        ("400", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "GET / http/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n".into()),
        ("400", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "GET /\u{e4} HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "GET a HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "GET * HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "GET https://h/ HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("400", "\x16\x03\x01\x02\0\x01\0\x01".into()),
        ("400", post("Content-Length: 5\r\nTransfer-Encoding: chunked")),
        ("400", post("Content-Length: 5\r\nContent-Length: 5")),
        ("400", post("Content-Length: 5\r\nContent-Length: 6")),
        ("400", post("Content-Length: 5, 5")),
        ("400", post("Content-Length: +5")),
        ("400", post("Content-Length: -5")),
        ("400", post("Content-Length: 0x5")),
        ("400", post("Content-Length: 5 5")),
        ("400", post("Content-Length:")),
        ("400", post("Content-Length: 99999999999999999999")),
        ("400", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        ("400", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into()),
        ("501", post("Transfer-Encoding: gzip, chunked")),
        ("501", post("Transfer-Encoding: chunked, identity")),
        ("501", post("Transfer-Encoding: xchunked")),
        ("501", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("501", "get / HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("501", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n".into()),
        ("505", "GET / HTTP/2.0\r\nHost: h\r\n\r\n".into()),
        ("505", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into()),
        ("417", field("Expect: 200-ok")),
        ("413", post("Content-Length: 1048577")),
        ("414", format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(8000))),
        ("414", format!("GET /{}", "a".repeat(8100))),
        ("431", field(&format!("A: {}", "a".repeat(16 * 1024)))),
        ("431", field(&"A: b\r\n".repeat(100))),
        ("431", format!("GET / HTTP/1.1\r\nA: {}", "a".repeat(17_000))),
    ];
    against(Limits::default(), echo, async |network| {
        for (status, request) in cases {
            let next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
            let whole = request.clone() + if request.ends_with('\n') { next } else { "" };
            let text = exchange(&network, &[whole.as_bytes()]).await;
            assert_eq!(statuses(&text), [status], "{}", request.escape_debug());
            assert!(text.contains("\nconnection: close\n"), "{text}");
            let bytes: Vec<&[u8]> = whole.as_bytes().chunks(1000).collect();
            assert_eq!(exchange(&network, &bytes).await, text, "{}", request.escape_debug());
        }
    });
}

#[test]
fn an_unusual_head_is_understood() {
    let handler = async |request: Request<'_>| {
        let host = request.host().unwrap_or("none").to_owned();
        Response::text(format!("{} {:?} {host}", request.path(), request.query()))
    };
    against(Limits::default(), handler, async |network| {
        for (request, answer) in [
            ("GET /a%20b?c=d HTTP/1.1\r\nHost: h:80\r\n", "/a%20b Some(\"c=d\") h:80"),
            ("GET http://a.b:8?q HTTP/1.1\r\nHost: h\r\n", "/ Some(\"q\") a.b:8"),
            ("OPTIONS * HTTP/1.1\r\nHost:\r\n", "* None "),
            ("GET / HTTP/1.0\r\n", "/ None none"),
            ("\r\n\r\nGET / HTTP/1.1\r\nhOST:\t[::1]:80 \r\n", "/ None [::1]:80"),
            ("GET / HTTP/1.1\nHost: h\n", "/ None h"),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: \u{e4}\r\nB:\r\nContent-Length: 0\r\n", "/ None h"),
            ("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n", "/ None h"),
            ("GET / HTTP/1.0\r\nHost: h\r\nExpect: anything\r\n", "/ None h"),
        ] {
            let text = exchange(&network, &[request.as_bytes(), b"\r\n"]).await;
            assert_eq!(statuses(&text), ["200"], "{request}");
            assert!(text.ends_with(&format!("\n\n{answer}")), "{request}: {text}");
        }
    });
}

#[test]
fn limits_are_those_that_were_set() {
    let limits = Limits { head_bytes: 100, target_bytes: 10, ..Limits::default() };
    against(limits, echo, async |network| {
        for (request, status) in [
            ("GET /123456789 HTTP/1.1\r\nHost: h\r\n\r\n".into(), "200"),
            ("GET /1234567890 HTTP/1.1\r\nHost: h\r\n\r\n".into(), "414"),
            (format!("GET / HTTP/1.1\r\nHost: h\r\nA: {}\r\n\r\n", "a".repeat(68)), "200"),
            (format!("GET / HTTP/1.1\r\nHost: h\r\nA: {}\r\n\r\n", "a".repeat(69)), "431"),
        ] {
            let text = exchange(&network, &[request.as_bytes()]).await;
            assert_eq!(statuses(&text), [status], "{request}");
        }
    });
}

#[test]
fn a_refused_head_request_gets_no_content() {
    let text = against(Limits::default(), echo, async |network| {
        exchange(&network, &[b"HEAD / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n"]).await
    });
    assert_eq!(statuses(&text), ["417"]);
    assert!(text.ends_with("\n\n"), "{text}");
}

#[test]
fn what_is_no_head_is_refused_also_where_the_client_ends_before_the_line_does() {
    against(Limits::default(), echo, async |network| {
        for pieces in [[b"GET /a@".as_slice(), b"\0"], [b"GET / HTTP/1.1\r\nHo", b"st : h"]] {
            assert_eq!(statuses(&exchange(&network, &pieces).await), ["400"]);
            assert_eq!(statuses(&exchange(&network, &[&pieces.concat()]).await), ["400"]);
        }
    });
}
