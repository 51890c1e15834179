//! Requests that were damaged at random.

use std::{cell::RefCell, rc::Rc, time::Duration};

use sarab_device::{Flow, Write};
use sarab_http::{BodyError, Limits, Request, Response};
use sarab_runtime::sleep;

use crate::{against, exchange, network::Network, open, undated};

const REQUESTS: &[u8] = b"GET /1?a=b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n\
    POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\nGET /x HTTP/\
    PUT /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n00\r\nT: t\r\n\r\n\
    HEAD /4 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\
    GET /5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/// What damage is made of: what parsers trip over.
const SHARDS: [&[u8]; 16] = [
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b":",
    b"\0",
    b"\t",
    b"0",
    b"9",
    b"f",
    b";",
    b",",
    b"/",
    b"\xff",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
];

/// A generator of numbers that are the same in every run (xorshift64, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % count as u64).expect("less than count")
    }

    fn damaged(&mut self) -> Vec<u8> {
        let mut bytes = REQUESTS.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            let end = (at + self.below(8)).min(bytes.len());
            match self.below(4) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..at, SHARDS[self.below(SHARDS.len())].to_vec())),
                _ => drop(bytes.splice(at..end, SHARDS[self.below(SHARDS.len())].to_vec())),
            }
        }
        bytes
    }

    fn cut<'b>(&mut self, bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let mut cuts: Vec<usize> = (0..3).map(|_| self.below(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        cuts.windows(2)
            .map(|cut| &bytes[cut[0]..cut[1]])
            .filter(|piece| !piece.is_empty())
            .collect()
    }
}

/// Checks that `text` is answers, one after the other, with nothing between; returns how many.
fn answers(text: &str) -> usize {
    let (mut rest, mut count) = (text, 0);
    while !rest.is_empty() {
        rest = rest.strip_prefix("HTTP/1.1 ").expect("a status line");
        let (head, after) = rest.split_once("\n\n").expect("a whole head");
        count += 1;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a length"));
        let is_head = after.is_empty() || after.starts_with("HTTP/1.1 ");
        rest = if is_head { after } else { after.get(length..).expect("whole content") };
    }
    count
}

#[test]
fn damaged_requests_are_the_same_however_they_arrive() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let handler = async move |mut request: Request<'_>| -> Result<Response, BodyError> {
        let content = request.body.bytes(100).await?;
        let line = format!("{request} {:?} {}", request.headers, content.escape_ascii());
        log.borrow_mut().push(line);
        Ok(Response::text(format!("{}", request.method)))
    };
    against(Limits::default(), handler, async |network| {
        let mut dice = Dice(0x5eed);
        for round in 0..10_000 {
            let bytes = dice.damaged();
            let whole = interims_removed(&exchange_all(&network, &[&bytes]).await);
            let seen_whole = seen.take();
            let pieces = dice.cut(&bytes);
            let cut = interims_removed(&exchange_all(&network, &pieces).await);
            let context = format!("round {round}: {}", bytes.escape_ascii());
            assert_eq!(cut, whole, "{context}");
            assert_eq!(seen.take(), seen_whole, "{context}");
            assert!(answers(&whole) >= seen_whole.len(), "{context}");
        }
    });
}

/// Like `exchange`, for input that makes the server stop listening.
async fn exchange_all(network: &Network, pieces: &[&[u8]]) -> String {
    let mut end = open(network);
    for piece in pieces {
        if end.write_all(piece).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(1)).await;
    }
    end.finish().await.expect("open");
    undated(&String::from_utf8_lossy(&end.rest().await.0))
}

/// Leaves out the answers that only ask for content: whether one is due depends on what has arrived.
fn interims_removed(text: &str) -> String {
    text.replace("HTTP/1.1 100 Continue\n\n", "")
}

#[test]
fn the_undamaged_requests_are_all_answered() {
    let text = against(Limits::default(), crate::echo, async |network| {
        exchange(&network, &[REQUESTS]).await
    });
    assert_eq!(answers(&interims_removed(&text)), 5, "{text}");
}
