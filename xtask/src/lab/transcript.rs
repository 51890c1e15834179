//! What the machine prints, read line by line.

use std::time::Instant;

use super::{
    Tally,
    check::Check,
    script::{MARK, SAID},
};
use crate::report;

/// Lines that are shown of what a failed check said, and of the console.
const SHOWN: usize = 15;

/// Judges each check when it has ended, and tells how.
pub(super) struct Transcript<'a> {
    checks: &'a [Check],
    /// All that was printed.
    console: Vec<String>,
    /// What the check says that runs.
    said: Vec<String>,
    begun: Instant,
    /// How many checks have ended.
    ended: usize,
    tally: Tally,
}

impl<'a> Transcript<'a> {
    pub(super) fn new(checks: &'a [Check]) -> Self {
        let (console, said, tally) = (Vec::new(), Vec::new(), Tally::default());
        Self { checks, console, said, begun: Instant::now(), ended: 0, tally }
    }

    /// Takes the next line.
    pub(super) fn take(&mut self, line: &str) {
        self.console.push(line.into());
        match Line::parse(line) {
            Line::Said(said) => self.said.push(said.into()),
            Line::Begin => {
                self.said.clear();
                self.begun = Instant::now();
            }
            Line::End { index, status } => {
                if let Some(check) = self.checks.get(index) {
                    self.judge(check, status);
                }
            }
            Line::Other => {}
        }
    }

    fn judge(&mut self, check: &Check, status: i32) {
        self.ended += 1;
        let said: String = self.said.iter().flat_map(|line| [line, "\n"]).collect();
        let line = format!("{} ({:.1} s)", check.name, self.begun.elapsed().as_secs_f64());
        match check.judge(status, &said) {
            Ok(()) => {
                self.tally.passed += 1;
                report::good(&line);
            }
            Err(why) => {
                self.tally.failed += 1;
                report::failure(&format!("{line}: {why}"));
                show("what it said", &self.said);
            }
        }
    }

    /// Counts what was never reached as failed.
    pub(super) fn end(mut self) -> Tally {
        for check in &self.checks[self.ended.min(self.checks.len())..] {
            self.tally.failed += 1;
            report::failure(&format!("{}: it did not end", check.name));
        }
        if self.tally.failed > 0 {
            show("the console", &self.console);
        }
        self.tally
    }
}

/// Prints the last lines.
fn show(what: &str, lines: &[String]) {
    anstream::eprintln!("last lines of {what}:");
    for line in &lines[lines.len().saturating_sub(SHOWN)..] {
        anstream::eprintln!("  {line}");
    }
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    /// A check says it.
    Said(&'a str),
    /// A check begins.
    Begin,
    /// A check has ended.
    End { index: usize, status: i32 },
    /// The kernel says it, or the script.
    Other,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Self {
        if let Some(said) = line.strip_prefix(SAID) {
            return Self::Said(said);
        }
        let mark = line.strip_prefix(MARK).unwrap_or_default();
        match *mark.split(' ').collect::<Vec<_>>() {
            ["begin", _] => Self::Begin,
            ["end", index, status] => Self::end(index, status).unwrap_or(Self::Other),
            _ => Self::Other,
        }
    }

    fn end(index: &str, status: &str) -> Option<Self> {
        Some(Self::End { index: index.parse().ok()?, status: status.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_check_says_is_no_mark() {
        assert_eq!(Line::parse("lab: begin 3"), Line::Begin);
        assert_eq!(Line::parse("lab: end 3 101"), Line::End { index: 3, status: 101 });
        assert_eq!(Line::parse("| lab: end 3 0"), Line::Said("lab: end 3 0"));
        for other in ["", "lab: end 3", "lab: end 3 no", "[    1.0] reboot: Power down"] {
            assert_eq!(Line::parse(other), Line::Other);
        }
    }
}
