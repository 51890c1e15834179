//! What `render_dot` writes.

use sarab_describe::render_dot;

use crate::plans;

#[test]
fn a_small_plan_as_dot() {
    insta::assert_snapshot!(render_dot(&plans::hello()));
}

#[test]
fn a_middle_plan_as_dot() {
    insta::assert_snapshot!(render_dot(&plans::site()));
}

#[test]
fn hostile_names_stay_inside_their_quotes() {
    let dot = render_dot(&plans::hostile());
    for line in dot.lines() {
        let bare = outside_of_quotes(line);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " _-=>[]{},;.".contains(c);
        assert!(bare.chars().all(is_plain), "{line}");
    }
    insta::assert_snapshot!(dot);
}

/// What of a line is not within a DOT string; a string that does not end fails.
fn outside_of_quotes(line: &str) -> String {
    let (mut bare, mut is_inside, mut letters) = (String::new(), false, line.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => is_inside = !is_inside,
            '\\' if is_inside => {
                letters.next();
            }
            letter if !is_inside => bare.push(letter),
            _ => {}
        }
    }
    assert!(!is_inside, "{line}");
    bare
}
