//! The command line of an image that has one and no boot block, as `machine/PVH.md` has it.

/// Returns the command line: `variables`, each `NAME=VALUE`, and then `words`.
#[must_use]
pub fn command_line<'a>(
    variables: impl IntoIterator<Item = &'a str>,
    words: impl IntoIterator<Item = &'a str>,
) -> String {
    let variables = variables.into_iter().map(|variable| quoted(&format!("env.{variable}")));
    let words = words.into_iter().map(quoted);
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

/// Writes a word so that it is read as one.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter > ' ' && letter != '"' && letter != '\\';
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_stands_in_quotes() {
        for (words, expected) in [
            (&[][..], ""),
            (&["--port", "80"], "--port 80"),
            (&["a b", ""], r#""a b" """#),
            (&[r#"say "hi""#, r"a\b"], r#""say \"hi\"" "a\\b""#),
            (&["\u{e9}t\u{e9}"], "\u{e9}t\u{e9}"),
        ] {
            assert_eq!(command_line([], words.iter().copied()), expected);
        }
    }

    #[test]
    fn variables_stand_before_the_words() {
        assert_eq!(command_line(["A=b c", "D="], ["x"]), r#""env.A=b c" env.D= x"#);
    }
}
