//! Several values in one word.

use alloc::string::String;
use alloc::vec::Vec;

/// Splits a word at its commas.
///
/// `\,` is a comma within a value and `\\` is a backslash; a backslash before anything else stands
/// for itself. The empty word has no values.
#[must_use]
pub fn split(word: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ',' => values.push(core::mem::take(&mut value)),
            '\\' => value.push(letters.next_if(|next| matches!(next, ',' | '\\')).unwrap_or('\\')),
            other => value.push(other),
        }
    }
    if !word.is_empty() {
        values.push(value);
    }
    values
}

/// Joins values to one word that [`split`] takes apart again.
///
/// A list of exactly one empty value cannot be told from an empty list, and becomes one.
#[must_use]
pub fn join<S: AsRef<str>>(values: &[S]) -> String {
    let mut word = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            word.push(',');
        }
        for letter in value.as_ref().chars() {
            if matches!(letter, ',' | '\\') {
                word.push('\\');
            }
            word.push(letter);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_come_back(values in prop::collection::vec("[a,\\\\]{0,4}", 0..5)) {
            prop_assume!(values != [""]);
            prop_assert_eq!(split(&join(&values)), values);
        }
    }

    #[test]
    fn words_are_split_at_commas() {
        assert_eq!(split("a,b"), ["a", "b"]);
        assert_eq!(split("a,,b,"), ["a", "", "b", ""]);
        assert_eq!(split(r"C:\a\,b"), [r"C:\a,b"]);
        assert!(split("").is_empty());
    }
}
