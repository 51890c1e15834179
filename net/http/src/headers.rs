//! The header fields of a message that has arrived.

use alloc::vec::Vec;
use core::{fmt, ops::Range};

use sarab_device::Bytes;

/// The header fields of a received message, in their order (RFC 9110 §5).
///
/// Names are found in whatever case they were sent. All fields share the one buffer that the head
/// was read into: nothing is copied per field.
#[derive(Clone, Default)]
pub struct Headers {
    head: Bytes,
    fields: Vec<Field>,
}

/// Where a field lies in the head.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: Range<u32>,
    pub(crate) value: Range<u32>,
}

impl Headers {
    pub(crate) fn new(head: Bytes, fields: Vec<Field>) -> Self {
        Self { head, fields }
    }

    /// Returns the first value of `name`; `None` if there is none or it is not UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next().and_then(|value| core::str::from_utf8(value).ok())
    }

    /// Returns every value of `name`.
    pub fn get_all<'h, 'n>(
        &'h self,
        name: &'n str,
    ) -> impl Iterator<Item = &'h [u8]> + use<'h, 'n> {
        self.fields.iter().filter_map(move |field| {
            let is_named = field.name.len() == name.len() // tells most of them apart
                && self.slice(&field.name).eq_ignore_ascii_case(name.as_bytes());
            is_named.then(|| self.slice(&field.value))
        })
    }

    /// Returns whether there is a field of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get_all(name).next().is_some()
    }

    /// Returns the elements of the comma-separated list that the fields `name` form together
    /// (RFC 9110 §5.6.1), without the empty ones. Quoted strings are not looked into.
    pub fn list<'h, 'n>(&'h self, name: &'n str) -> impl Iterator<Item = &'h [u8]> + use<'h, 'n> {
        self.get_all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|element| !element.is_empty())
    }

    /// Returns whether `token`, in any case, is an element of the list `name`.
    #[must_use]
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Returns every field: its name as it was sent, and its value without the space around it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|field| {
            let name = core::str::from_utf8(self.slice(&field.name)).unwrap_or_default();
            (name, self.slice(&field.value))
        })
    }

    /// Returns the number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn slice(&self, range: &Range<u32>) -> &[u8] {
        &self.head[range.start as usize..range.end as usize]
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value| alloc::string::String::from_utf8_lossy(value);
        f.debug_map().entries(self.iter().map(|(name, value)| (name, text(value)))).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sarab_device::BytesMut;

    /// Returns the fields of lines like `Name: value`.
    pub(crate) fn headers(lines: &str) -> Headers {
        let end = if lines.is_empty() { "" } else { "\r\n" };
        let head = alloc::format!("HTTP/1.1 200 OK\r\n{lines}{end}\r\n");
        let parsed = crate::head::reply(&mut BytesMut::from(head.as_bytes()), head.len());
        parsed.expect("a head").expect("a whole head").headers
    }

    #[test]
    fn fields_are_found_in_any_case_and_in_their_order() {
        let headers = headers("A: 1\r\nb:  2\t\r\nB: 3\r\nEmpty:\r\nBytes: \u{e4}");
        assert_eq!(headers.len(), 5);
        assert_eq!(headers.get("a"), Some("1"));
        assert_eq!(headers.get("B"), Some("2"));
        assert_eq!(headers.get_all("b").collect::<Vec<_>>(), [b"2", b"3"]);
        assert_eq!(headers.get("empty"), Some(""));
        assert_eq!(headers.get("bytes"), Some("\u{e4}"));
        assert_eq!(headers.get("c"), None);
        assert_eq!(headers.iter().next(), Some(("A", b"1".as_slice())));
    }

    #[test]
    fn a_list_is_one_over_several_fields() {
        let headers = headers("A: x, ,Y\r\nA:z,\r\nB: q");
        assert_eq!(headers.list("a").collect::<Vec<_>>(), [b"x", b"Y", b"z"]);
        assert!(headers.lists("A", "y") && !headers.lists("A", "q"));
    }
}
