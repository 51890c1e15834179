//! Where the content of a message ends, and whether its connection goes on (RFC 9112 §6, §9.3).

use crate::{Headers, Method, Refusal, Status};

/// The version of a message; other versions are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0 (RFC 1945).
    Http10,
    /// HTTP/1.1 (RFC 9112).
    Http11,
}

impl Version {
    /// Returns the version as messages name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

/// How the end of the content is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// By the chunked coding.
    Chunked,
    /// Where the connection ends; answers only.
    UntilClose,
}

impl Framing {
    pub(crate) const NOTHING: Self = Self::Length(0);

    /// Returns the bytes in the content, where they are told ahead.
    pub(crate) const fn length(self) -> Option<u64> {
        match self {
            Self::Length(length) => Some(length),
            Self::Chunked | Self::UntilClose => None,
        }
    }
}

/// Finds the end of a request's content (RFC 9112 §6.3).
///
/// Stricter than it must be where two recipients could disagree, since that is how requests are
/// smuggled (RFC 9112 §11.2): both fields at once, a field twice, or a coding in HTTP/1.0 is an error.
pub(crate) fn of_request(version: Version, headers: &Headers) -> Result<Framing, Refusal> {
    let bad = |why| Err(Refusal::new(Status::BAD_REQUEST, why));
    match (is_coded(headers)?, length(headers)?) {
        (true, Some(_)) => bad("both a Content-Length and a Transfer-Encoding"),
        (true, None) if version == Version::Http10 => bad("a Transfer-Encoding in HTTP/1.0"),
        (true, None) => Ok(Framing::Chunked),
        (false, length) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// Finds the end of an answer's content (RFC 9112 §6.3).
pub(crate) fn of_reply(
    method: Method,
    status: Status,
    headers: &Headers,
) -> Result<Framing, Refusal> {
    if method == Method::Head || status.is_bare() {
        return Ok(Framing::NOTHING);
    }
    match (is_coded(headers)?, length(headers)?) {
        (true, Some(_)) => {
            Err(Refusal::new(Status::BAD_GATEWAY, "both a Content-Length and a Transfer-Encoding"))
        }
        (true, None) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::UntilClose),
    }
}

/// Returns whether the content is chunked; any other coding is not done here (RFC 9112 §6.1).
fn is_coded(headers: &Headers) -> Result<bool, Refusal> {
    let mut codings = headers.get_all("transfer-encoding");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(true),
        (Some(_), None) => {
            Err(Refusal::new(Status::NOT_IMPLEMENTED, "a Transfer-Encoding other than chunked"))
        }
        (Some(_), Some(_)) => {
            Err(Refusal::new(Status::BAD_REQUEST, "more than one Transfer-Encoding"))
        }
    }
}

/// Returns the `Content-Length` (RFC 9110 §8.6).
fn length(headers: &Headers) -> Result<Option<u64>, Refusal> {
    let mut lengths = headers.get_all("content-length");
    let number = match (lengths.next(), lengths.next()) {
        (None, _) => return Ok(None),
        (Some(text), None) => decimal(text),
        (Some(_), Some(_)) => None,
    };
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(Refusal::new(Status::BAD_REQUEST, "a Content-Length that is not one number")),
    }
}

/// Reads a number that consists of digits alone and is at most 2^63.
pub(crate) fn decimal(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let text = core::str::from_utf8(text).ok().filter(|_| is_number)?;
    text.parse().ok().filter(|number| *number <= 1 << 63)
}

/// Returns whether the sender lets the connection go on after this message (RFC 9112 §9.3).
pub(crate) fn persists(version: Version, headers: &Headers) -> bool {
    match version {
        Version::Http11 => !headers.lists("connection", "close"),
        Version::Http10 => {
            headers.lists("connection", "keep-alive") && !headers.lists("connection", "close")
        }
    }
}
