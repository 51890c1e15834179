//! Counts in sentences.

/// Returns `number` with its noun, whose plural ends in `s`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{end}")
}
