//! The few forms of TOML that the tool writes.

use std::path::Path;

/// Returns `text` as a basic string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control.is_control() => {
                quoted.extend([format!("\\u{:04X}", u32::from(control))]);
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns `path` as a basic string.
pub(crate) fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// Returns an array of strings.
pub(crate) fn array<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<_> = items.into_iter().map(quoted).collect();
    format!("[{}]", items.join(", "))
}

/// Returns a line `name = { field = value, .. }`.
pub(crate) fn table(name: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{name} = {{ {} }}", fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_so_that_they_read_back() {
        assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
        assert_eq!(quoted("line\nbreak"), r#""line\u000Abreak""#);
    }

    #[test]
    fn a_table_stands_on_one_line() {
        let fields = [("path", quoted("../a")), ("features", array(["x", "y"]))];
        let expected = r#"a = { path = "../a", features = ["x", "y"] }"#;
        assert_eq!(table("a", &fields), expected);
    }
}
