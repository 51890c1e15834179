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
    pub fn get_all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns whether there is a field of that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get_all(name).next().is_some()
    }

    /// Returns the elements of the comma-separated list that the fields `name` form together
    /// (RFC 9110 §5.6.1), without the empty ones. Quoted strings are not looked into.
    pub fn list<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
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

/// Returns whether `name` is a token, as the name of a field must be (RFC 9110 §5.6.2).
pub(crate) fn is_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// Returns whether `value` may stand in a field: no control but the tab, so no end of line
/// (RFC 9110 §5.5).
pub(crate) fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}
