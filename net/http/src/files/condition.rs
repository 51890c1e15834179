//! Conditional requests (RFC 9110 §13).

use sarab_device::WallTime;

use crate::{Headers, Method, date};

/// What tells one state of a value from another.
#[derive(Clone, Debug)]
pub(crate) struct Validators<'t> {
    /// A strong entity tag, with its quotes (RFC 9110 §8.8.3).
    pub(crate) tag: &'t [u8],
    /// When the value was last changed (RFC 9110 §8.8.2).
    pub(crate) modified: Option<WallTime>,
}

/// What the conditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The request is to be done.
    Proceed,
    /// The client has the current value: 304.
    NotModified,
    /// A condition does not hold: 412.
    Failed,
}

/// Evaluates the conditions of a request in the order of RFC 9110 §13.2.2.
///
/// `now` is for dates with a year of two digits. A date that is none makes its field be ignored.
pub(crate) fn verdict(
    method: Method,
    headers: &Headers,
    validators: &Validators<'_>,
    now: Option<WallTime>,
) -> Verdict {
    let is_read = matches!(method, Method::Get | Method::Head);
    if headers.contains("if-match") {
        if !matches(headers, "if-match", |tag| tag == validators.tag) {
            return Verdict::Failed;
        }
    } else if changed_since(headers, "if-unmodified-since", validators, now) == Some(true) {
        return Verdict::Failed;
    }
    if headers.contains("if-none-match") {
        let is_same = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag) == validators.tag;
        return match (matches(headers, "if-none-match", is_same), is_read) {
            (false, _) => Verdict::Proceed,
            (true, true) => Verdict::NotModified,
            (true, false) => Verdict::Failed,
        };
    }
    match changed_since(headers, "if-modified-since", validators, now) {
        Some(false) if is_read => Verdict::NotModified,
        _ => Verdict::Proceed,
    }
}

/// Returns whether a `Range` is to be respected: there is no `If-Range`, or it holds
/// (RFC 9110 §13.1.5). A date must be the exact one; a weak tag never holds.
pub(crate) fn range_holds(
    headers: &Headers,
    validators: &Validators<'_>,
    now: Option<WallTime>,
) -> bool {
    let mut conditions = headers.get_all("if-range");
    match (conditions.next(), conditions.next()) {
        (None, _) => true,
        (Some(condition), None) if condition.ends_with(b"\"") => condition == validators.tag,
        (Some(condition), None) => match (date::parse(condition, now), validators.modified) {
            (Some(date), Some(modified)) => date::seconds(date) == date::seconds(modified),
            _ => false,
        },
        (Some(_), Some(_)) => false,
    }
}

/// Returns whether `*` or one of the entity tags of the field holds.
fn matches(headers: &Headers, field: &str, holds: impl Fn(&[u8]) -> bool) -> bool {
    headers.get_all(field).any(|value| value == b"*" || Tags(value).any(&holds))
}

/// Returns whether the value was changed after the date of the field; `None` where that is not
/// known or the field says nothing.
fn changed_since(
    headers: &Headers,
    field: &str,
    validators: &Validators<'_>,
    now: Option<WallTime>,
) -> Option<bool> {
    let mut dates = headers.get_all(field);
    let (Some(date), None) = (dates.next(), dates.next()) else { return None };
    let date = date::parse(date, now)?;
    Some(date::seconds(validators.modified?) > date::seconds(date))
}

/// The entity tags of a list; a comma may be part of a tag. Ends at the first thing that is none.
struct Tags<'v>(&'v [u8]);

impl<'v> Iterator for Tags<'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        let start = self.0.iter().position(|byte| !b" \t,".contains(byte))?;
        let rest = &self.0[start..];
        let open = if rest.starts_with(b"W/") { 2 } else { 0 };
        let opaque = rest.get(open..)?.strip_prefix(b"\"")?;
        let length = open + 1 + opaque.iter().position(|&byte| byte == b'"')? + 1;
        let (tag, rest) = rest.split_at(length);
        self.0 = rest;
        Some(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::tests::headers;
    use core::time::Duration;

    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn validators() -> Validators<'static> {
        let modified = WallTime::new(Duration::from_millis(784_111_777_900));
        Validators { tag: b"\"a\"", modified: Some(modified) }
    }

    #[test]
    fn conditions_are_evaluated_in_their_order() {
        use Verdict::{Failed, NotModified, Proceed};
        for (fields, get, put) in [
            ("", Proceed, Proceed),
            ("If-Match: \"a\"", Proceed, Proceed),
            ("If-Match: *", Proceed, Proceed),
            ("If-Match: \"b\", \"a\"", Proceed, Proceed),
            ("If-Match: \"b\"\r\nIf-Match: \"a\"", Proceed, Proceed),
            ("If-Match: W/\"a\"", Failed, Failed),
            ("If-Match: \"b\"", Failed, Failed),
            ("If-Match: \"b,\\\"a\\\"\"", Failed, Failed),
            ("If-Match: a", Failed, Failed),
            ("If-None-Match: \"a\"", NotModified, Failed),
            ("If-None-Match: W/\"a\"", NotModified, Failed),
            ("If-None-Match: *", NotModified, Failed),
            ("If-None-Match: \"x,y\" ,, \"a\"", NotModified, Failed),
            ("If-None-Match: \"b\"", Proceed, Proceed),
            ("If-None-Match: \"A\"", Proceed, Proceed),
            ("If-None-Match: \"a", Proceed, Proceed),
            (&alloc::format!("If-Unmodified-Since: {THEN}"), Proceed, Proceed),
            (&alloc::format!("If-Unmodified-Since: {AFTER}"), Proceed, Proceed),
            (&alloc::format!("If-Unmodified-Since: {BEFORE}"), Failed, Failed),
            ("If-Unmodified-Since: yesterday", Proceed, Proceed),
            (&alloc::format!("If-Modified-Since: {THEN}"), NotModified, Proceed),
            (&alloc::format!("If-Modified-Since: {AFTER}"), NotModified, Proceed),
            (&alloc::format!("If-Modified-Since: {BEFORE}"), Proceed, Proceed),
            ("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", NotModified, Proceed),
            ("If-Modified-Since: yesterday", Proceed, Proceed),
            (
                &alloc::format!("If-None-Match: \"b\"\r\nIf-Modified-Since: {THEN}"),
                Proceed,
                Proceed,
            ),
            (&alloc::format!("If-Match: \"a\"\r\nIf-Unmodified-Since: {BEFORE}"), Proceed, Proceed),
            ("If-Match: \"a\"\r\nIf-None-Match: \"a\"", NotModified, Failed),
        ] {
            let (headers, now) = (headers(fields), validators().modified);
            assert_eq!(verdict(Method::Get, &headers, &validators(), now), get, "GET {fields}");
            assert_eq!(verdict(Method::Head, &headers, &validators(), now), get, "HEAD {fields}");
            assert_eq!(verdict(Method::Put, &headers, &validators(), now), put, "PUT {fields}");
        }
    }

    #[test]
    fn a_date_says_nothing_of_a_value_without_one() {
        let validators = Validators { modified: None, ..validators() };
        for field in ["If-Modified-Since", "If-Unmodified-Since"] {
            let headers = headers(&alloc::format!("{field}: {BEFORE}"));
            assert_eq!(verdict(Method::Get, &headers, &validators, None), Verdict::Proceed);
        }
    }

    #[test]
    fn a_range_holds_only_for_exactly_the_same_value() {
        for (fields, expect) in [
            ("", true),
            ("If-Range: \"a\"", true),
            ("If-Range: \"b\"", false),
            ("If-Range: W/\"a\"", false),
            (&alloc::format!("If-Range: {THEN}"), true),
            (&alloc::format!("If-Range: {BEFORE}"), false),
            (&alloc::format!("If-Range: {AFTER}"), false),
            ("If-Range: *", false),
            ("If-Range: \"a\"\r\nIf-Range: \"a\"", false),
        ] {
            assert_eq!(range_holds(&headers(fields), &validators(), None), expect, "{fields}");
        }
    }
}
