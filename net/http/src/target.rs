//! The target of a request: which resource it is about (RFC 9112 §3.2).

use alloc::borrow::Cow;
use core::ops::Range;

use percent_encoding::percent_decode_str;
use sarab_device::{Bytes, key};

use crate::{Headers, Method, Refusal, Status, Version};

/// A checked target: visible ASCII.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    text: Bytes,
    path: Range<usize>,
}

impl Target {
    /// Checks the target of a request: in origin form (`/a?b`), in absolute form
    /// (`http://host/a?b`), or `*` for `OPTIONS`.
    pub(crate) fn new(method: Method, text: Bytes) -> Result<Self, Refusal> {
        let is_visible = |byte: &u8| byte.is_ascii_graphic() && *byte != b'#';
        if !text.iter().all(is_visible) {
            return Err(Refusal::new(Status::BAD_REQUEST, "a wrong byte in the target"));
        }
        let start = match text.first() {
            Some(b'/') => 0,
            Some(b'*') if text.len() == 1 && method == Method::Options => 0,
            _ => path_start(&text).ok_or(NO_TARGET)?,
        };
        let length = text[start..].iter().position(|&byte| byte == b'?');
        let end = length.map_or(text.len(), |length| start + length);
        Ok(Self { text, path: start..end })
    }

    pub(crate) fn path(&self) -> &str {
        match self.slice(self.path.clone()) {
            "" => "/", // of the absolute form: `http://host`
            path => path,
        }
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.slice(self.path.end..self.text.len()).strip_prefix('?')
    }

    /// Returns the target as it was sent.
    pub(crate) fn text(&self) -> &str {
        self.slice(0..self.text.len())
    }

    /// Returns the host that an absolute target names, with its port.
    pub(crate) fn host(&self) -> Option<&str> {
        self.slice(0..self.path.start).split_once("://").map(|(_, host)| host)
    }

    fn slice(&self, range: Range<usize>) -> &str {
        core::str::from_utf8(&self.text[range]).unwrap_or_default()
    }
}

const NO_TARGET: Refusal = Refusal::new(Status::BAD_REQUEST, "the target is no path");

/// Returns where the path begins in a target like `http://host/path`.
fn path_start(text: &[u8]) -> Option<usize> {
    const SCHEME: &[u8] = b"http://";
    let scheme = text.get(..SCHEME.len())?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return None;
    }
    let host = &text[SCHEME.len()..];
    let length = host.iter().position(|byte| b"/?".contains(byte)).unwrap_or(host.len());
    (length > 0 && is_host(&host[..length])).then_some(SCHEME.len() + length)
}

/// Checks that a request names its host as it must: once, or, in HTTP/1.0, at most once
/// (RFC 9112 §3.2).
pub(crate) fn check_host(version: Version, headers: &Headers) -> Result<(), Refusal> {
    let bad = |why| Err(Refusal::new(Status::BAD_REQUEST, why));
    let mut hosts = headers.get_all("host");
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (None, _) => bad("no Host"),
        (Some(_), Some(_)) => bad("more than one Host"),
        (Some(host), None) if is_host(host) => Ok(()),
        (Some(_), None) => bad("a Host that is no host"),
    }
}

/// Returns whether `host` has only bytes of `uri-host [":" port]` (RFC 3986 §3.2.2).
fn is_host(host: &[u8]) -> bool {
    let is_part = |byte| {
        matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b'%'
            | b'!' | b'$' | b'&'..=b',' | b';' | b'=' | b':' | b'[' | b']')
    };
    host.iter().copied().all(is_part)
}

/// Decodes a path into the key of a store: no percent signs, no leading slash (RFC 3986 §2.1).
///
/// There is none for a path that names nothing in a store or could be taken for another one: with an
/// empty segment other than the last, with `.` or `..`, with an encoded slash or NUL, not UTF-8.
pub(crate) fn key_of(path: &str) -> Option<Cow<'_, str>> {
    let path = path.strip_prefix('/')?;
    let decoded = match path.contains('%') {
        false => Cow::Borrowed(path),
        true if contains_encoded_slash(path) => return None,
        true => percent_decode_str(path).decode_utf8().ok()?,
    };
    let bare = decoded.strip_suffix('/').unwrap_or(&decoded);
    let names_one = !bare.is_empty() && !bare.starts_with('/') && key::normal(bare).is_some();
    (decoded.is_empty() || names_one).then_some(decoded)
}

fn contains_encoded_slash(path: &str) -> bool {
    path.as_bytes().windows(3).any(|three| three.eq_ignore_ascii_case(b"%2f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: Method, text: &'static str) -> Option<(alloc::string::String, bool)> {
        let target = Target::new(method, Bytes::from_static(text.as_bytes())).ok()?;
        let query = target.query().map(|query| alloc::format!("?{query}")).unwrap_or_default();
        Some((alloc::format!("{}{query}", target.path()), target.host().is_some()))
    }

    #[test]
    fn a_target_is_a_path_with_or_without_its_host() {
        for (text, path, has_host) in [
            ("/", "/", false),
            ("/a/b?c=d?e", "/a/b?c=d?e", false),
            ("/?", "/?", false),
            ("//a", "//a", false),
            ("http://h", "/", true),
            ("HTTP://h:80?q", "/?q", true),
            ("http://[::1]:80/a", "/a", true),
        ] {
            let expect = Some((path.into(), has_host));
            assert_eq!(parts(Method::Get, text), expect, "{text}");
        }
        assert_eq!(parts(Method::Options, "*"), Some(("*".into(), false)));
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in
            ["", "a", "*", "?", "h:80", "https://h/", "http://", "http:///a", "/a#b", "/\u{e4}"]
        {
            assert_eq!(parts(Method::Get, text), None, "{text}");
        }
    }

    #[test]
    fn a_path_never_leaves_the_store() {
        for (path, expect) in [
            ("/", Some("")),
            ("/a/b.css", Some("a/b.css")),
            ("/a/", Some("a/")),
            ("/a%20b/%C3%A4", Some("a b/\u{e4}")),
            ("/%zz", Some("%zz")),
            ("/a%2", Some("a%2")),
            ("/...", Some("...")),
            ("*", None),
            ("//", None),
            ("/a//b", None),
            ("/..", None),
            ("/a/../b", None),
            ("/a/%2e%2E/b", None),
            ("/./a", None),
            ("/a/..", None),
            ("/a%2Fb", None),
            ("/a%2fb", None),
            ("/a%00", None),
            ("/%ff", None),
        ] {
            assert_eq!(key_of(path).as_deref(), expect, "{path}");
        }
    }
}
