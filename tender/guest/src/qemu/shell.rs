//! Command lines as a person types them.

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
};

/// Returns `words` as a line for a POSIX shell (IEEE 1003.1, volume 3, section 2.2).
#[must_use]
pub fn quote(words: &[OsString]) -> String {
    let mut line = String::new();
    for word in words {
        let separator = if line.is_empty() { "" } else { " " };
        let _ = write!(line, "{separator}{}", word_of(word));
    }
    line
}

/// Returns a word as it stands there.
pub(super) fn word_of(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.,:=/@%+".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_for_the_same_words_in_a_shell() {
        let words = ["qemu", "-append", "a \"b\" $c 'd'", "", "x=1,y"].map(OsString::from);
        assert_eq!(quote(&words), r#"qemu -append 'a "b" $c '\''d'\''' '' x=1,y"#);
    }
}
