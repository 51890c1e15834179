//! Addresses and what they are called.

use super::*;

#[test]
fn files_are_seen_from_the_folder_and_the_standard_library_from_its_own() {
    let folder = Path::new("/home/me/web");
    for (file, seen) in [
        ("/home/me/web/src/lib.rs", "src/lib.rs"),
        ("/home/me/other/lib.rs", "/home/me/other/lib.rs"),
        ("/rustc/0123abc/library/core/src/panicking.rs", "library/core/src/panicking.rs"),
    ] {
        assert_eq!(shown(Path::new(file), folder), Path::new(seen));
    }
}

#[test]
fn the_program_is_told_from_what_runs_it() {
    for (function, is_runtime) in [
        ("web::serve", false),
        ("core::panicking::panic_fmt", true),
        ("<alloc::boxed::Box<F> as core::ops::FnOnce>::call_once", true),
        ("<web::Page as core::fmt::Display>::fmt", false),
        ("<&web::Page as core::fmt::Display>::fmt", false),
        ("__rustc::rust_begin_unwind", true),
        ("_start", true),
    ] {
        let line = Line { function: function.into(), place: String::new() };
        assert_eq!(line.is_runtime(), is_runtime, "{function}");
    }
}

/// Returns its own address as an offset in this program, and the one it returns to.
#[inline(never)]
fn here() -> u64 {
    std::hint::black_box(here as *const () as usize as u64) - base()
}

/// Returns where this program lies.
fn base() -> u64 {
    let program = env::current_exe().expect("a program knows itself");
    let maps = std::fs::read_to_string("/proc/self/maps").expect("a process has maps");
    let line = maps.lines().find(|line| line.ends_with(program.to_str().expect("text")));
    let start = line.and_then(|line| line.split('-').next()).expect("a program is mapped");
    u64::from_str_radix(start, 16).expect("a number")
}

#[test]
fn an_address_becomes_a_function_and_a_line() {
    let symbols = Symbols::new(env::current_exe().expect("a program knows itself"));
    let text = symbols.describe(&[here()], Style::Plain);
    let line = text.lines().last().expect("a line");
    assert!(line.starts_with("  at sarab_host::symbols::tests::here ("), "{text}");
    assert!(line.contains("symbols/tests.rs:"), "{text}");
}

#[test]
fn a_return_address_is_looked_up_in_the_call() {
    // The first byte of a function is what a call at the very end of the one before returns to.
    let symbols = Symbols::new(env::current_exe().expect("a program knows itself"));
    let text = symbols.describe(&[here(), here()], Style::Plain);
    assert_eq!(text.matches("symbols::tests::here").count(), 1, "{text}");
}

#[test]
fn an_address_that_nobody_knows_stays_one() {
    let symbols = Symbols::new(env::current_exe().expect("a program knows itself"));
    assert_eq!(symbols.describe(&[1 << 40], Style::Plain), "  at 0x10000000000\n");
}

#[test]
fn only_a_terminal_gets_colours_and_only_for_what_is_not_the_programs() {
    let shown = ["web::serve", "core::fmt::write"].map(|function| {
        let line = Line { function: function.into(), place: " (x.rs:1)".into() };
        line.show(Style::Coloured)
    });
    let expected = "  at web::serve (x.rs:1)\n\u{1b}[2m  at core::fmt::write (x.rs:1)\u{1b}[0m\n";
    assert_eq!(shown.concat(), expected);
}

#[test]
fn types_that_a_function_was_made_for_are_left_out() {
    for (name, expected) in [
        ("run<core::result::Result<(), web::Failure>, fn(&str) -> u8>", "run"),
        ("web::run::<web::App>::{closure#0}", "web::run::{closure#0}"),
        (
            "<web::Page<u8> as core::fmt::Display>::fmt::<u8>",
            "<web::Page<u8> as core::fmt::Display>::fmt",
        ),
        ("web::serve", "web::serve"),
    ] {
        assert_eq!(short(name), expected);
    }
}

#[test]
fn a_function_that_calls_itself_is_told_of_once() {
    let symbols = Symbols::new(env::current_exe().expect("a program knows itself"));
    let text = symbols.describe(&[1 << 40; 60], Style::Plain);
    assert_eq!(text, "  at 0x10000000000\n  ... and 59 more of these\n");
}
