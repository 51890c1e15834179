//! Pages out of a store.

use std::{cell::Cell, ops::Range, rc::Rc, time::Duration};

use sarab_device::{Bytes, Entry, Flow, Kv, KvRead, Metadata, WallTime, Write, key::KeyError};
use sarab_http::{Limits, files};
use sarab_memory::RamKv;

use crate::{
    against, exchange,
    network::{Broken, Network},
    open, statuses,
};

/// A store that also keeps a time, the same for all values, and counts whole reads.
struct Dated {
    store: Rc<RamKv>,
    modified: Rc<Cell<Option<Duration>>>,
    reads: Rc<Cell<usize>>,
}

impl KvRead for Dated {
    type Error = KeyError;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, KeyError> {
        self.reads.set(self.reads.get() + 1);
        self.store.get(key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, KeyError> {
        self.store.get_range(key, range).await
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, KeyError> {
        let modified = self.modified.get().map(WallTime::new);
        Ok(self.store.metadata(key).await?.map(|metadata| Metadata { modified, ..metadata }))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, KeyError> {
        self.store.list(key).await
    }
}

const BIG_BYTES: usize = 3_000_000;

/// Runs `test` against a server of a few pages, changed at second 5 if at all; boot is second 0, so
/// the test begins by waiting.
fn with_pages<T>(is_dated: bool, test: impl AsyncFnOnce(Network) -> T) -> T {
    let store = RamKv::new();
    let big: Bytes = (0..BIG_BYTES).map(|at| b'a' + u8::try_from(at % 23).unwrap_or(0)).collect();
    let pages = [
        ("index.html", Bytes::from("<p>home</p>")),
        ("a b.txt", Bytes::from("0123456789")),
        ("empty", Bytes::new()),
        ("docs/index.html", Bytes::from("<p>docs</p>")),
        ("bare/file.css", Bytes::from("p {}")),
        ("odd/index.html/index.html", Bytes::from("<p>odd</p>")),
        ("big.bin", big),
    ];
    let reads = Rc::new(Cell::new(0));
    sarab_runtime::block_on_virtual(async {
        for (key, value) in pages {
            store.set(key, value).await.expect("room");
        }
    });
    let modified = Rc::new(Cell::new(is_dated.then_some(Duration::from_millis(5500))));
    let pages = files(Dated { store: Rc::new(store), modified, reads });
    against(Limits::default(), pages, async |network| {
        sarab_runtime::sleep(Duration::from_secs(10)).await;
        test(network).await
    })
}

async fn ask(network: &Network, line: &str, fields: &str) -> String {
    let request = format!("{line} HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    exchange(network, &[request.as_bytes()]).await
}

fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (head, _) = text.split_once("\n\n").expect("a head");
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn a_path_is_a_key_and_a_folder_its_index() {
    with_pages(true, async |network| {
        for (path, status, media_type, content) in [
            ("/", "200", "text/html; charset=utf-8", "<p>home</p>"),
            ("/index.html", "200", "text/html; charset=utf-8", "<p>home</p>"),
            ("/a%20b.txt", "200", "text/plain; charset=utf-8", "0123456789"),
            ("/a%20b.txt?query", "200", "text/plain; charset=utf-8", "0123456789"),
            ("/empty", "200", "application/octet-stream", ""),
            ("/docs/", "200", "text/html; charset=utf-8", "<p>docs</p>"),
            ("/bare/file.css", "200", "text/css; charset=utf-8", "p {}"),
            ("/none", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/bare", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/bare/", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/odd/", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/index.html/", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/docs/../index.html", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/docs/%2e%2e/index.html", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("/docs%2Findex.html", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
            ("//docs/", "404", "text/plain; charset=utf-8", "404 Not Found\n"),
        ] {
            let text = ask(&network, &format!("GET {path}"), "").await;
            assert_eq!(statuses(&text), [status], "{path}");
            assert_eq!(field(&text, "content-type"), Some(media_type), "{path}");
            assert_eq!(text.split_once("\n\n").expect("a head").1, content, "{path}");
        }
    });
}

#[test]
fn a_folder_without_its_slash_is_moved() {
    with_pages(true, async |network| {
        for (path, location) in
            [("/docs", "/docs/"), ("/docs?a=b", "/docs/?a=b"), ("http://h/docs", "/docs/")]
        {
            let text = ask(&network, &format!("GET {path}"), "").await;
            assert_eq!(statuses(&text), ["301"], "{path}");
            assert_eq!(field(&text, "location"), Some(location), "{path}");
        }
    });
}

#[test]
fn only_reading_is_allowed() {
    with_pages(true, async |network| {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let text = ask(&network, &format!("{method} /"), "").await;
            assert_eq!(statuses(&text), ["405"], "{method}");
            assert_eq!(field(&text, "allow"), Some("GET, HEAD"));
        }
    });
}

#[test]
fn a_head_says_what_a_get_does() {
    with_pages(true, async |network| {
        for path in ["/", "/a%20b.txt", "/big.bin", "/none", "/docs"] {
            let get = ask(&network, &format!("GET {path}"), "").await;
            let head = ask(&network, &format!("HEAD {path}"), "").await;
            assert_eq!(Some(head.trim_end()), get.split("\n\n").next(), "{path}");
        }
    });
}

#[test]
fn a_client_that_has_the_page_is_told_so() {
    with_pages(true, async |network| {
        for path in ["/a%20b.txt", "/big.bin"] {
            let line = format!("GET {path}");
            let first = ask(&network, &line, "").await;
            let tag = field(&first, "etag").expect("a tag");
            let date = field(&first, "last-modified").expect("a date");
            assert_eq!(date, "Thu, 01 Jan 1970 00:00:05 GMT");
            for (fields, status) in [
                (format!("If-None-Match: {tag}\r\n"), "304"),
                (format!("If-None-Match: \"x\", W/{tag}\r\n"), "304"),
                ("If-None-Match: \"x\"\r\n".into(), "200"),
                (format!("If-Modified-Since: {date}\r\n"), "304"),
                ("If-Modified-Since: Thu, 01 Jan 1970 00:00:04 GMT\r\n".into(), "200"),
                (format!("If-Match: {tag}\r\n"), "200"),
                ("If-Match: \"x\"\r\n".into(), "412"),
                (format!("If-Unmodified-Since: {date}\r\n"), "200"),
                ("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:04 GMT\r\n".into(), "412"),
            ] {
                let text = ask(&network, &line, &fields).await;
                assert_eq!(statuses(&text), [status], "{path} {fields}");
                if status == "304" {
                    assert_eq!(field(&text, "etag"), Some(tag));
                    assert_eq!(field(&text, "last-modified"), Some(date));
                    assert!(text.ends_with("\n\n"), "{text}");
                }
            }
        }
    });
}

#[test]
fn a_range_is_a_part() {
    with_pages(true, async |network| {
        let first = ask(&network, "GET /a%20b.txt", "").await;
        let tag = field(&first, "etag").expect("a tag");
        for (fields, status, range, content) in [
            ("Range: bytes=2-4\r\n".into(), "206", Some("bytes 2-4/10"), "234"),
            ("Range: bytes=-1\r\n".into(), "206", Some("bytes 9-9/10"), "9"),
            ("Range: bytes=8-99\r\n".into(), "206", Some("bytes 8-9/10"), "89"),
            (
                "Range: bytes=10-\r\n".into(),
                "416",
                Some("bytes */10"),
                "416 Range Not Satisfiable\n",
            ),
            ("Range: bytes=0-1,4-5\r\n".into(), "200", None, "0123456789"),
            ("Range: pages=1\r\n".into(), "200", None, "0123456789"),
            (
                format!("Range: bytes=2-4\r\nIf-Range: {tag}\r\n"),
                "206",
                Some("bytes 2-4/10"),
                "234",
            ),
            ("Range: bytes=2-4\r\nIf-Range: \"x\"\r\n".into(), "200", None, "0123456789"),
            (format!("Range: bytes=2-4\r\nIf-None-Match: {tag}\r\n"), "304", None, ""),
        ] {
            let text = ask(&network, "GET /a%20b.txt", &fields).await;
            assert_eq!(statuses(&text), [status], "{fields}");
            assert_eq!(field(&text, "content-range"), range, "{fields}");
            assert_eq!(text.split_once("\n\n").expect("a head").1, content, "{fields}");
        }
        let head = ask(&network, "HEAD /a%20b.txt", "Range: bytes=2-4\r\n").await;
        assert_eq!(statuses(&head), ["200"]);
    });
}

#[test]
fn a_long_value_is_sent_whole_and_in_part() {
    for is_dated in [true, false] {
        with_pages(is_dated, async |network| {
            let text = ask(&network, "GET /big.bin", "").await;
            let (head, whole) = text.split_once("\n\n").expect("a head");
            assert!(head.contains("\ncontent-length: 3000000"), "{head}");
            assert_eq!(whole.len(), BIG_BYTES);
            let part = ask(&network, "GET /big.bin", "Range: bytes=1000000-2999998\r\n").await;
            let (_, part) = part.split_once("\n\n").expect("a head");
            assert!(part == &whole[1_000_000..2_999_999], "a wrong part");
        });
    }
}

#[test]
fn a_store_without_times_gives_no_date_but_a_tag() {
    with_pages(false, async |network| {
        let [page, other] =
            [ask(&network, "GET /", "").await, ask(&network, "GET /docs/", "").await];
        let tag = field(&page, "etag").expect("a tag");
        assert_eq!(field(&page, "last-modified"), None);
        assert_ne!(Some(tag), field(&other, "etag"));
        let text = ask(&network, "GET /", &format!("If-None-Match: {tag}\r\n")).await;
        assert_eq!(statuses(&text), ["304"]);
    });
}

#[test]
fn a_long_value_is_not_read_for_a_client_that_has_it() {
    let (store, reads) = (RamKv::new(), Rc::new(Cell::new(0)));
    sarab_runtime::block_on_virtual(store.set("big", Bytes::from(vec![0; BIG_BYTES])))
        .expect("room");
    let (store, modified) = (Rc::new(store), Rc::new(Cell::new(Some(Duration::ZERO))));
    let pages = Dated { store, modified, reads: Rc::clone(&reads) };
    against(Limits::default(), files(pages), async |network| {
        let head = ask(&network, "HEAD /big", "").await;
        let tag = field(&head, "etag").expect("a tag");
        let text = ask(&network, "GET /big", &format!("If-None-Match: {tag}\r\n")).await;
        assert_eq!(statuses(&text), ["304"]);
    });
    assert_eq!(reads.get(), 0);
}

#[test]
fn a_long_value_that_changes_while_it_is_sent_is_cut_off() {
    let (store, reads) = (Rc::new(RamKv::new()), Rc::default());
    let modified = Rc::new(Cell::new(Some(Duration::ZERO)));
    let pages = Dated { store: Rc::clone(&store), modified: Rc::clone(&modified), reads };
    against(Limits::default(), files(pages), async |network| {
        store.set("big", Bytes::from(vec![b'a'; BIG_BYTES])).await.expect("room");
        let mut end = open(&network);
        end.write_all(b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        end.readable().await.expect("the beginning");
        store.set("big", Bytes::from(vec![b'b'; BIG_BYTES])).await.expect("room");
        modified.set(Some(Duration::from_secs(1)));
        let (bytes, result) = end.rest().await;
        assert_eq!(result, Err(Broken::Reset));
        assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n") && !bytes.ends_with(b"b"));
    });
}
