//! Finding the name that a mistyped one was meant to be.

use alloc::vec;
use alloc::vec::Vec;

/// Returns the candidate that is nearest to `word`, if one is near enough to be what was meant.
///
/// The distance is that of Damerau and Levenshtein (insert, delete, replace, swap neighbours: one
/// each). A third of the letters may differ, and always one. Of equally near candidates the first
/// wins.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    let distances = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    let near = distances
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count());
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Counts the edits between two words; no letter is edited twice (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for row in 1..=left.len() {
        let mut next = vec![row; right.len() + 1];
        for column in 1..=right.len() {
            let replace = usize::from(left[row - 1] != right[column - 1]);
            let mut cost =
                (last[column] + 1).min(next[column - 1] + 1).min(last[column - 1] + replace);
            if is_swap(&left, &right, row, column) {
                cost = cost.min(before[column - 2] + 1);
            }
            next[column] = cost;
        }
        (before, last) = (last, next);
    }
    last[right.len()]
}

fn is_swap(left: &[char], right: &[char], row: usize, column: usize) -> bool {
    row > 1
        && column > 1
        && left[row - 1] == right[column - 2]
        && left[row - 2] == right[column - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_each_kind_of_edit_once() {
        for (left, right, expected) in [
            ("", "", 0),
            ("port", "port", 0),
            ("prot", "port", 1),
            ("por", "port", 1),
            ("porrt", "port", 1),
            ("pont", "port", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["host", "port", "pages"];
        assert_eq!(closest("prot", names), Some("port"));
        assert_eq!(closest("page", names), Some("pages"));
        assert_eq!(closest("colour", names), None);
    }

    #[test]
    fn a_word_of_one_letter_is_not_guessed_from_another_letter() {
        assert_eq!(closest("x", ["p"]), None);
        assert_eq!(closest("", ["p"]), None);
    }
}
