//! Reports in the midst of other texts.

use super::*;

fn report(out: &mut Vec<u8>) -> Report<&mut Vec<u8>> {
    Report::new(out, Symbols::new("/no/image".into()), Style::Plain, None)
}

/// Whatever the pieces are in which it comes.
fn through(text: &str) -> String {
    let mut whole = Vec::new();
    let mut it = report(&mut whole);
    it.take(text.as_bytes());
    it.release();
    for size in 1..8 {
        let mut out = Vec::new();
        let mut it = report(&mut out);
        text.as_bytes().chunks(size).for_each(|piece| it.take(piece));
        it.release();
        assert_eq!(out, whole, "in pieces of {size}");
    }
    String::from_utf8(whole).expect("text")
}

#[test]
fn what_is_no_report_passes_as_it_is() {
    for text in [
        "",
        "a line\nanother, without an end",
        "crash\ncrash:x\n  at 0x10\n",
        "a crash: x\n  at 0x10\n",
        "crash: x",
        "crash: x\n",
        "crash: x\nno frame\n  at 0x10\n",
        "crash: x\n  at 0xzz\n",
        "crash: x\n  at 0x\n",
        "crash: x\n  at",
        "crash: x\n  at 0x123456789012345678\n",
        "crash: x\n\n\n",
        "crash: x\ncrash: y\n",
    ] {
        assert_eq!(through(text), text);
    }
}

#[test]
fn frames_without_an_image_stay_offsets() {
    let text = "before\ncrash: x\n  at 0x10\n  at 0x2f\nbehind\n";
    let why = "  (cannot read the image /no/image: No such file or directory (os error 2))\n";
    let expected = format!("before\ncrash: x\n{why}  at 0x10\n  at 0x2f\nbehind\n");
    assert_eq!(through(text), expected);
}

#[test]
fn text_is_not_kept_back() {
    let mut out = Vec::new();
    let mut it = report(&mut out);
    for piece in ["cra", "sh: ou", "t\n", "  a", "b"] {
        it.take(piece.as_bytes());
    }
    assert!(!it.holds_something());
    assert_eq!(out, b"crash: out\n  ab");
}

#[test]
fn who_wants_to_debug_is_told_how_once() {
    let mut out = Vec::new();
    let order = crate::command::Order {
        tender: "sarab-spt".into(),
        debug: true,
        image: "web".into(),
        ..Default::default()
    };
    let debug = crate::debug::prepare(&order, true).expect("no port is needed");
    let symbols = Symbols::new("/no/image".into());
    let mut it = Report::new(&mut out, symbols, Style::Plain, debug.watch(&order, 7));
    it.take(b"debug: im");
    it.take(b"age at 0x7f00\nx\ndebug: image at 0x1\n");
    let text = String::from_utf8(out).expect("text");
    assert!(text.contains("gdb -p 7 -ex 'add-symbol-file web -o 0x7f00'"), "{text}");
    assert!(text.contains("kill -USR1 7"), "{text}");
    assert!(text.ends_with("x\ndebug: image at 0x1\n"), "{text}");
}
