//! The heads of messages: start line and header fields, read with `httparse` (RFC 9112 §2 to §5).

use alloc::vec::Vec;
use core::{mem::MaybeUninit, ops::Range};

use httparse::{Error, Header, ParserConfig};
use sarab_device::{Bytes, BytesMut};

use crate::{Headers, Method, Refusal, Status, Version, headers::Field};

/// The most header fields of a message.
pub(crate) const FIELD_COUNT_MAX: usize = 100;

/// Room for the fields while a head is parsed; costs nothing to make.
type Slots<'b> = [MaybeUninit<Header<'b>>; FIELD_COUNT_MAX];

/// The most bytes that a head may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The whole head.
    pub(crate) head_bytes: usize,
    /// The target of a request.
    pub(crate) target_bytes: usize,
}

/// The head of a request.
pub(crate) struct RequestHead {
    pub(crate) method: Method,
    pub(crate) target: Bytes,
    pub(crate) version: Version,
    pub(crate) headers: Headers,
}

/// The head of an answer.
pub(crate) struct ReplyHead {
    pub(crate) status: Status,
    pub(crate) version: Version,
    pub(crate) headers: Headers,
}

/// Takes the head of a request off the front of `input`; `None` while its end is not there.
pub(crate) fn request(
    input: &mut BytesMut,
    bounds: Bounds,
) -> Result<Option<RequestHead>, Refusal> {
    let mut slots: Slots = [const { MaybeUninit::uninit() }; FIELD_COUNT_MAX];
    let mut parsed = httparse::Request::new(&mut []);
    let outcome = parsed.parse_with_uninit_headers(input, &mut slots);
    let length = match outcome {
        Ok(httparse::Status::Complete(length)) if length <= bounds.head_bytes => length,
        Ok(httparse::Status::Complete(_)) => return Err(TOO_LARGE),
        Ok(httparse::Status::Partial) => return unfinished(input, bounds).map(|()| None),
        // What version it is only a whole line can tell.
        Err(Error::Version) if first_line(input).is_none() => {
            return unfinished(input, bounds).map(|()| None);
        }
        Err(error) => return Err(refuse_request(error, input)),
    };
    let method = Method::named(parsed.method.unwrap_or_default()).ok_or(UNKNOWN_METHOD)?;
    let version = version(parsed.version);
    let target = range(input, parsed.path.unwrap_or_default().as_bytes());
    if target.len() > bounds.target_bytes {
        return Err(TARGET_TOO_LONG);
    }
    let fields = fields(input, parsed.headers);
    let head = input.split_to(length).freeze();
    let target = head.slice(target.start as usize..target.end as usize);
    Ok(Some(RequestHead { method, target, version, headers: Headers::new(head, fields) }))
}

/// Takes the head of an answer off the front of `input`; `None` while its end is not there.
pub(crate) fn reply(input: &mut BytesMut, head_bytes: usize) -> Result<Option<ReplyHead>, Refusal> {
    let mut slots: Slots = [const { MaybeUninit::uninit() }; FIELD_COUNT_MAX];
    let mut parsed = httparse::Response::new(&mut []);
    let outcome =
        ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, input, &mut slots);
    let length = match outcome {
        Ok(httparse::Status::Complete(length)) if length <= head_bytes => length,
        Ok(httparse::Status::Partial) if input.len() <= head_bytes => return Ok(None),
        Ok(_) => return Err(TOO_LARGE),
        Err(error) => return Err(refuse(error)),
    };
    let status = parsed.code.and_then(Status::new).ok_or(refuse(Error::Status))?;
    let version = version(parsed.version);
    let fields = fields(input, parsed.headers);
    let head = input.split_to(length).freeze();
    Ok(Some(ReplyHead { status, version, headers: Headers::new(head, fields) }))
}

const TOO_LARGE: Refusal = Refusal::new(Status::HEADERS_TOO_LARGE, "the head is too large");
const TARGET_TOO_LONG: Refusal = Refusal::new(Status::URI_TOO_LONG, "the target is too long");
const UNKNOWN_METHOD: Refusal = Refusal::new(Status::NOT_IMPLEMENTED, "the method is not known");

fn version(minor: Option<u8>) -> Version {
    if minor == Some(0) { Version::Http10 } else { Version::Http11 }
}

/// Checks a head of which only a part is there.
pub(crate) fn unfinished(input: &[u8], bounds: Bounds) -> Result<(), Refusal> {
    let is_first_line = first_line(input).is_none();
    let target_start = input.iter().position(|&byte| byte == b' ').unwrap_or(input.len());
    if is_first_line && input.len() - target_start > bounds.target_bytes + " HTTP/1.1\r".len() + 1 {
        return Err(TARGET_TOO_LONG);
    }
    if input.len() >= bounds.head_bytes { Err(TOO_LARGE) } else { Ok(()) }
}

fn refuse_request(error: Error, input: &[u8]) -> Refusal {
    match error {
        Error::Version if names_a_version(input) => {
            Refusal::new(Status::VERSION_NOT_SUPPORTED, "neither HTTP/1.0 nor HTTP/1.1")
        }
        error => refuse(error),
    }
}

fn refuse(error: Error) -> Refusal {
    let why = match error {
        Error::TooManyHeaders => {
            return Refusal::new(Status::HEADERS_TOO_LARGE, "too many header fields");
        }
        Error::HeaderName => "a wrong byte in the name of a header field",
        Error::HeaderValue => "a wrong byte in the value of a header field",
        Error::NewLine => "a wrong byte at the end of a line",
        Error::Status => "a status that is not three digits",
        Error::Token => "a wrong byte in the start line",
        Error::Version => "no version in the start line",
    };
    Refusal::new(Status::BAD_REQUEST, why)
}

/// Returns whether a whole first line has something like `HTTP/2.0` after method and target.
fn names_a_version(input: &[u8]) -> bool {
    let version = first_line(input).and_then(|line| line.splitn(3, |&byte| byte == b' ').nth(2));
    matches!(version.map(<[u8]>::trim_ascii_end), Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// Returns the first line, if its end is there; empty lines before it do not count.
fn first_line(input: &[u8]) -> Option<&[u8]> {
    let input = input.trim_ascii_start();
    input.iter().position(|&byte| byte == b'\n').map(|end| &input[..end])
}

/// Turns slices of `input` into their places, since `input` is about to move.
fn fields(input: &[u8], headers: &[Header<'_>]) -> Vec<Field> {
    let place = |header: &Header<'_>| Field {
        name: range(input, header.name.as_bytes()),
        value: range(input, header.value.trim_ascii()),
    };
    headers.iter().map(place).collect()
}

fn range(input: &[u8], part: &[u8]) -> Range<u32> {
    if part.is_empty() {
        return 0..0; // may point anywhere
    }
    let start = part.as_ptr().addr().saturating_sub(input.as_ptr().addr());
    let place = |at: usize| u32::try_from(at).unwrap_or(0);
    place(start)..place(start + part.len())
}
