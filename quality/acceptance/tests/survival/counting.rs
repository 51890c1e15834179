//! Of a unikernel that counts: it says how far it is, and each step once that survives.

use std::process::Command;

use sarab_acceptance::{process::Process, survival::Witness};

/// Remembers the last step that was promised.
pub(crate) struct Counting<C> {
    command: C,
    /// What follows the number in the line that says how far it is.
    start: &'static str,
    /// What stands around the number of a step.
    step: (&'static str, &'static str),
    promised: u64,
}

impl<C: Fn() -> Command> Counting<C> {
    pub(crate) fn new(command: C, start: &'static str, step: (&'static str, &'static str)) -> Self {
        Self { command, start, step, promised: 0 }
    }

    /// Returns how many steps were promised.
    pub(crate) fn promised(&self) -> u64 {
        self.promised
    }
}

impl<C: Fn() -> Command> Witness for Counting<C> {
    fn command(&self) -> Command {
        (self.command)()
    }

    /// One step more may be there than was promised: nobody lived to say so.
    fn check(&mut self, guest: &mut Process) {
        let line = guest.wait_for(self.start);
        let number = line.split_once(self.start).and_then(|(number, _)| number.parse().ok());
        let found: u64 = number.unwrap_or_else(|| panic!("no number stands in {line:?}"));
        let expected = self.promised..=self.promised + 1;
        assert!(expected.contains(&found), "{found} are there, {} were promised", self.promised);
        self.promised = found;
    }

    /// The last line may be cut: what is left of a number is smaller, and promises less.
    fn heard(&mut self, lines: &[String]) {
        let (before, behind) = self.step;
        let steps = lines.iter().filter_map(|line| {
            let number = line.strip_prefix(before)?.strip_suffix(behind)?;
            number.parse::<u64>().ok()
        });
        self.promised = steps.fold(self.promised, u64::max);
    }
}
