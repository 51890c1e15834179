//! What must hold for any bytes that a peer may send.

use alloc::{string::String, vec::Vec};

use proptest::prelude::*;
use sarab_device::{Bytes, BytesMut};

use crate::{
    Method, Version,
    chunked::{Chunked, Step},
    date, framing,
    head::{self, Bounds, RequestHead},
    headers::tests::headers,
    target::{self, Target},
};

const BOUNDS: Bounds = Bounds { head_bytes: 400, target_bytes: 100 };

/// Something like a head: its parts in any order and number.
fn head_like() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just(b"GET ".to_vec()),
        Just(b"/a?b ".to_vec()),
        Just(b"HTTP/1.1".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"Host: h\r\n".to_vec()),
        Just(b"Content-Length: 3\r\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
        "[ -~]{0,20}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// Parses as a connection does: again whenever a line ends.
fn parse_in_pieces(input: &[u8], piece: usize) -> Result<Option<(RequestHead, Vec<u8>)>, u16> {
    let (mut bytes, mut pieces) = (BytesMut::new(), input.chunks(piece));
    loop {
        let parsed = head::request(&mut bytes, BOUNDS).map_err(|refusal| refusal.status.code())?;
        if let Some(head) = parsed {
            bytes.extend(pieces.flatten());
            return Ok(Some((head, bytes.to_vec())));
        }
        match pieces.next() {
            Some(piece) => bytes.extend_from_slice(piece),
            None => return Ok(None),
        }
    }
}

fn shown(head: &RequestHead) -> String {
    let RequestHead { method, target, version, headers } = head;
    alloc::format!("{method} {} {} {headers:?}", target.escape_ascii(), version.name())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_head_is_the_same_however_it_arrives(input in head_like(), piece in 1..50_usize) {
        let whole = parse_in_pieces(&input, input.len().max(1));
        let cut = parse_in_pieces(&input, piece);
        match (whole, cut) {
            (Ok(Some((whole, rest))), Ok(Some((cut, cut_rest)))) => {
                prop_assert_eq!(shown(&whole), shown(&cut));
                prop_assert_eq!(&rest, &cut_rest);
                prop_assert!(input.ends_with(&rest));
            }
            (Ok(None), Ok(None)) => {}
            (Err(whole), Err(cut)) => prop_assert!((400..=505).contains(&whole) && cut >= 400),
            (Ok(None), Err(_)) | (Err(_), Ok(None)) | (Ok(Some(_)), _) | (_, Ok(Some(_))) => {
                prop_assert!(false, "whole and cut differ: {}", input.escape_ascii());
            }
        }
    }

    #[test]
    fn whatever_is_chunked_is_read_again(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..8),
        rest in proptest::collection::vec(any::<u8>(), 0..8),
        piece in 1..20_usize,
    ) {
        let mut coded = Vec::new();
        for chunk in &chunks {
            coded.extend_from_slice(alloc::format!("{:X};x\r\n", chunk.len()).as_bytes());
            coded.extend_from_slice(chunk);
            coded.extend_from_slice(b"\r\n");
        }
        coded.extend_from_slice(b"0\r\n\r\n");
        coded.extend_from_slice(&rest);
        let (mut decoder, mut bytes, mut body) = (Chunked::Size, BytesMut::new(), Vec::new());
        let mut pieces = coded.chunks(piece);
        loop {
            match decoder.step(&mut bytes) {
                Ok(Step::Data(data)) => body.extend_from_slice(&data),
                Ok(Step::More) => bytes.extend_from_slice(pieces.next().expect("an end")),
                Ok(Step::End) => break,
                Err(why) => prop_assert!(false, "{}", why),
            }
        }
        bytes.extend(pieces.flatten());
        prop_assert_eq!((body, bytes.to_vec()), (chunks.concat(), rest));
    }

    #[test]
    fn any_bytes_are_chunked_or_refused(input in proptest::collection::vec(any::<u8>(), 0..100)) {
        let (mut decoder, mut bytes) = (Chunked::Size, BytesMut::from(input.as_slice()));
        while let Ok(Step::Data(data)) = decoder.step(&mut bytes) {
            prop_assert!(!data.is_empty() && data.len() <= input.len());
        }
    }

    #[test]
    fn any_text_is_a_date_or_none(text in "[A-Za-z]{3,9},? [ 0-9A-Za-z:-]{0,24}") {
        if let Some(moment) = date::parse(text.as_bytes(), None) {
            prop_assert_eq!(date::parse(&date::write(moment), None), Some(moment));
        }
    }

    #[test]
    fn any_target_gives_a_path_that_stays_inside(text in "[!-~]{0,40}") {
        let text = Bytes::from(text.into_bytes());
        if let Ok(target) = Target::new(Method::Get, text) {
            prop_assert!(target.path().starts_with('/'));
            if let Some(key) = target::key_of(target.path()) {
                let is_wrong = |segment: &str| matches!(segment, "." | "..");
                prop_assert!(!key.starts_with('/') && !key.split('/').any(is_wrong));
            }
        }
    }

    #[test]
    fn any_fields_have_one_framing_or_none(
        fields in proptest::collection::vec(
            "(Content-Length|Transfer-Encoding|Host|Connection): (chunked|[0-9]{1,3}|[ -~]{0,9})",
            0..5,
        ),
    ) {
        let headers = headers(&fields.join("\r\n"));
        let count = |name: &str| headers.get_all(name).count();
        if framing::of_request(Version::Http11, &headers).is_ok() {
            prop_assert!(count("content-length") + count("transfer-encoding") <= 1);
        }
    }
}
