//! Text inside XML.

/// Escapes a text for XML 1.0, as content and within quotes.
///
/// What XML cannot hold at all (XML 1.0, 2.2 Characters) becomes U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Writes a length: whole pixels, with a half where it is one.
pub(super) fn px(length: f64) -> String {
    // Adding zero makes the negative zero, which would be written `-0`, a plain one.
    let halves = (length * 2.0).round() / 2.0 + 0.0;
    halves.to_string()
}

#[cfg(test)]
mod tests {
    use super::{escape, px};

    #[test]
    fn what_means_something_to_xml_is_escaped() {
        assert_eq!(escape(r#"<a b="c" & 'd'>"#), "&lt;a b=&quot;c&quot; &amp; &#39;d&#39;&gt;");
        assert_eq!(escape("bell \u{7} end"), "bell \u{fffd} end");
    }

    #[test]
    fn a_length_is_written_short() {
        let written = [12.0, 12.26, -0.1, 0.5].map(px);
        assert_eq!(written, ["12", "12.5", "0", "0.5"]);
    }
}
