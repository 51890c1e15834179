//! Clients that are slow, or say nothing.

use std::time::Duration;

use sarab_device::{Bytes, Flow, Write};
use sarab_http::{Limits, Request, Response, Status};
use sarab_runtime::{now, sleep};

use crate::{PORT, against, echo, network::Broken, open, statuses, undated};

#[test]
fn a_client_that_says_nothing_is_closed_without_a_word() {
    against(Limits::default(), echo, async |network| {
        let (bytes, result) = open(&network).rest().await;
        assert_eq!((bytes, result, seconds()), (vec![], Ok(()), 10));
    });
}

#[test]
fn a_connection_without_requests_is_closed_in_time() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        sleep(Duration::from_secs(5)).await;
        end.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        let (bytes, result) = end.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert_eq!((statuses(&text), result, seconds()), (vec!["200"], Ok(()), 65));
    });
}

#[test]
fn empty_lines_are_no_request_and_gain_no_time() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        while end.write_all(b"\r\n").await.is_ok() && seconds() < 60 {
            sleep(Duration::from_secs(3)).await;
        }
        assert!((10..=13).contains(&seconds()), "{} s", seconds());
    });
}

#[test]
fn a_head_may_take_its_time_but_no_longer_however_it_drips() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        sleep(Duration::from_secs(5)).await;
        for byte in b"GET / HTTP/1.1\r\nHost: h\r\n" {
            if end.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        let (bytes, _) = end.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert_eq!(statuses(&text), ["408"]);
    });
}

#[test]
fn content_may_take_its_time_but_no_longer_however_it_drips() {
    against(Limits::default(), echo, async |network| {
        let mut end = open(&network);
        end.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\n")
            .await
            .expect("room");
        for _ in 0..59 {
            sleep(Duration::from_secs(1)).await;
            end.write_all(b"a").await.expect("the server still waits");
        }
        let (bytes, _) = end.rest().await;
        let text = undated(&String::from_utf8(bytes).expect("text"));
        assert_eq!(statuses(&text), ["408"]);
        assert!((60..=62).contains(&seconds()), "{} s", seconds());
    });
}

#[test]
fn a_client_that_takes_nothing_is_cut_off() {
    let content = Bytes::from(vec![b'a'; 1_000_000]);
    let handler =
        async move |_request: Request<'_>| Response::new(Status::OK).body(content.clone());
    against(Limits::default(), handler, async |network| {
        let mut end = network.connect_with(PORT, 1000).expect("a server");
        end.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
        sleep(Duration::from_secs(19)).await;
        assert!(end.readable().await.is_ok());
        sleep(Duration::from_secs(2)).await;
        assert_eq!(end.readable().await, Err(Broken::Reset));
    });
}

#[test]
fn a_client_that_takes_little_but_always_something_gets_all() {
    let content = Bytes::from(vec![b'a'; 100_000]);
    let handler =
        async move |_request: Request<'_>| Response::new(Status::OK).body(content.clone());
    against(Limits::default(), handler, async |network| {
        let mut end = network.connect_with(PORT, 1000).expect("a server");
        end.write_all(b"GET / HTTP/1.0\r\n\r\n").await.expect("room");
        let (mut count, mut buffer) = (0, [0; 1000]);
        loop {
            sleep(Duration::from_secs(19)).await;
            match sarab_device::Read::read(&mut end, &mut buffer).await {
                Ok(0) => break,
                read => count += read.expect("an open connection"),
            }
        }
        assert!(count > 100_000, "{count} bytes");
    });
}

fn seconds() -> u64 {
    now().since_boot().as_secs()
}
