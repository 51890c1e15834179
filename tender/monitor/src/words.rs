//! The command line of an image that has one and no boot block, as `machine/PVH.md` describes it.

/// Returns the command line that gives the guest `variables`, which are `NAME=VALUE`, and `words`.
#[must_use]
pub fn command_line(variables: &[String], words: &[&str]) -> String {
    let variables = variables.iter().map(|variable| {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        format!("env.{name}={}", quoted(value))
    });
    let words = words.iter().map(|word| if means_more(word) { quote(word) } else { quoted(word) });
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

/// Returns whether a word would be taken for something else than a boot key if it stood as it is.
fn means_more(word: &str) -> bool {
    word.is_empty() || word.starts_with("env.") || word.starts_with("virtio_mmio.device=")
}

/// Returns `text` such that it is one word, or a part of one.
fn quoted(text: &str) -> String {
    let ends_it = |letter: char| letter == '"' || letter.is_whitespace();
    if text.contains(ends_it) { quote(text) } else { text.into() }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        for (word, expected) in [
            ("--port=80", "--port=80"),
            ("", r#""""#),
            ("two words", r#""two words""#),
            ("a\tb\nc", "\"a\tb\nc\""),
            (r#"say "x""#, r#""say \"x\"""#),
            (r#"a\"b"#, r#""a\\\"b""#),
            (r"C:\x", r"C:\x"),
            (r"C:\my x\", r#""C:\\my x\\""#),
            ("env.A=b", r#""env.A=b""#),
            ("virtio_mmio.device=1@2:3", r#""virtio_mmio.device=1@2:3""#),
            ("caf\u{e9}", "caf\u{e9}"),
        ] {
            assert_eq!(command_line(&[], &[word]), expected);
        }
    }

    #[test]
    fn variables_stand_before_all_words() {
        let variables = ["A=1".into(), "B=x y=z".into(), "C=".into()];
        let expected = r#"env.A=1 env.B="x y=z" env.C= --key a"#;
        assert_eq!(command_line(&variables, &["--key", "a"]), expected);
        assert_eq!(command_line(&[], &[]), "");
    }
}
