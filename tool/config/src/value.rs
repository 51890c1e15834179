//! Values written as text, as on a command line.

use sarab_compose::{Value, plan::Origin, protocol::Diagnostic, reject};

/// Reads a value, for defaults that are easier to write as text: `value::<Duration>("1m30s")`.
///
/// Ends `config.rs` with an error where `text` is no value of the type.
#[track_caller]
#[must_use]
pub fn value<T: Value>(text: &str) -> T {
    match T::parse(text) {
        Ok(value) => value,
        Err(wrong) => reject(
            Diagnostic::new(format!("`{text}` is no value of type `{}`: {wrong}", T::RUST))
                .at(&Origin::caller(), "for this"),
        ),
    }
}

/// Reads a list of values, separated by commas: `values::<u16>("80,8080")`.
///
/// Ends `config.rs` with an error where a part of `text` is no value of the type.
#[track_caller]
#[must_use]
pub fn values<T: Value>(text: &str) -> Vec<T> {
    let mut values = Vec::new();
    for part in sarab_key::split(text) {
        values.push(value(&part));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn text_is_read_as_on_a_command_line() {
        assert_eq!(value::<u16>("8080"), 8080);
        assert_eq!(value::<Duration>("1m30s"), Duration::from_secs(90));
        assert_eq!(values::<u16>("80,8080"), [80, 8080]);
    }

    #[test]
    #[should_panic(expected = "`8o8o` is no value of type `u16`")]
    fn text_that_is_no_value_is_named() {
        let _ = value::<u16>("8o8o");
    }
}
