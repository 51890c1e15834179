//! The header fields of a message that is being made.

use alloc::{format, string::String, vec::Vec};

/// Bytes that the fields of most messages need.
const ROOM: usize = 256;

/// Header fields as they are sent, each with its CR LF.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) text: Vec<u8>,
    /// Why the message must not be sent.
    pub(crate) defect: Option<String>,
}

impl Fields {
    pub(crate) const NONE: Self = Self { text: Vec::new(), defect: None };

    /// Adds a field, or notes why it cannot be sent: its name is no token or one of `own`, which are
    /// written by the sender itself, or its value has a control character.
    pub(crate) fn add(&mut self, name: &str, value: &str, own: &[&str]) {
        if !is_name(name) || own.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            self.defect.get_or_insert_with(|| format!("header field {name:?} cannot be set"));
        } else if !is_value(value) {
            let defect = || format!("header field {name:?} cannot have the value {value:?}");
            self.defect.get_or_insert_with(defect);
        } else {
            self.put(name, value.as_bytes());
        }
    }

    /// Adds a field that is known to be one that can be sent.
    pub(crate) fn put(&mut self, name: &str, value: &[u8]) {
        if self.text.is_empty() {
            self.text.reserve(ROOM);
        }
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.text.extend_from_slice(part);
        }
    }
}

/// Returns whether `name` is a token, as the name of a field must be (RFC 9110 §5.6.2).
fn is_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// Returns whether `value` may stand in a field: no control but the tab, so no end of line
/// (RFC 9110 §5.5).
fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_that_would_break_a_line_are_told_apart() {
        assert!(is_name("X-Any_1") && is_value("any \t \u{e4} text") && is_value(""));
        for name in ["", "a b", "a:", "a\r\n", "\u{e4}"] {
            assert!(!is_name(name), "{name:?}");
        }
        for value in ["a\r\nb: c", "a\nb", "\0", "\u{7f}"] {
            assert!(!is_value(value), "{value:?}");
        }
    }

    #[test]
    fn a_wrong_field_is_not_written_and_the_first_one_is_told() {
        let mut fields = Fields::NONE;
        fields.add("a", "1", &["date"]);
        fields.add("Date", "x", &["date"]);
        fields.add("b", "2\r\nc: 3", &["date"]);
        assert_eq!(fields.text, b"a: 1\r\n");
        assert_eq!(fields.defect.as_deref(), Some("header field \"Date\" cannot be set"));
    }
}
