//! What `render_text` writes.

use sarab_describe::{Colour, render_text};

use crate::plans;

#[test]
fn a_small_plan_reads_well() {
    insta::assert_snapshot!(render_text(&plans::hello(), Colour::Plain));
}

#[test]
fn a_middle_plan_reads_well() {
    insta::assert_snapshot!(render_text(&plans::site(), Colour::Plain));
}

#[test]
fn a_large_plan_reads_well() {
    insta::assert_snapshot!(render_text(&plans::large(), Colour::Plain));
}

#[test]
fn no_line_is_longer_than_a_terminal_is_wide() {
    for plan in [plans::hello(), plans::site(), plans::large(), plans::hostile()] {
        for line in render_text(&plan, Colour::Plain).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn nothing_blank_stands_at_the_end_of_a_line() {
    for plan in [plans::hello(), plans::site(), plans::large()] {
        for line in render_text(&plan, Colour::Plain).lines() {
            assert_eq!(line, line.trim_end());
        }
    }
}

#[test]
fn colours_add_escapes_and_nothing_else() {
    for plan in [plans::site(), plans::large(), plans::hostile()] {
        let coloured = render_text(&plan, Colour::Ansi);
        assert_ne!(coloured, render_text(&plan, Colour::Plain));
        assert_eq!(without_escapes(&coloured), render_text(&plan, Colour::Plain));
    }
}

#[test]
fn a_name_cannot_smuggle_in_an_escape() {
    assert!(!render_text(&plans::hostile(), Colour::Plain).contains('\u{1b}'));
}

#[test]
fn a_shared_device_is_opened_up_once() {
    let text = render_text(&plans::large(), Colour::Plain);
    assert_eq!(text.matches("what happened, in order").count(), 1);
    let repeated = text.lines().filter(|line| line.contains(" journal "));
    let repeated: Vec<_> = repeated.map(|line| line.ends_with("(see above)")).collect();
    assert_eq!(repeated, [false, true], "two jobs have it");
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}
