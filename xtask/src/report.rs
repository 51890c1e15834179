//! What the chores print: coloured on a terminal, plain elsewhere.

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};

const STEP: Style = AnsiColor::Cyan.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Announces a step before it begins.
pub(crate) fn step(what: &str) {
    println!("{STEP}==>{STEP:#} {what}");
}

/// Says that something is as it should be.
pub(crate) fn good(what: &str) {
    println!("{GOOD}ok{GOOD:#}  {what}");
}

/// Says what made the chore fail.
pub(crate) fn failure(why: &str) {
    eprintln!("{BAD}error{BAD:#}: {why}");
}
