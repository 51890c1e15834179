//! What is checked in a machine.

use super::script::asking;

/// A command, and how it must end.
pub(super) struct Check {
    /// What it proves.
    pub(super) name: String,
    /// A line of the shell, or some.
    pub(super) command: String,
    /// The status that it ends with.
    pub(super) status: i32,
    /// Texts that it says, among others.
    pub(super) says: Vec<String>,
}

/// What a guest says that did what no guest may.
const ESCAPES: [&str; 2] = ["got out", "the host answered"];

impl Check {
    /// A command that ends with 0.
    pub(super) fn new(name: impl Into<String>, command: impl Into<String>, says: &[&str]) -> Self {
        let says = says.iter().map(ToString::to_string).collect();
        Self { name: name.into(), command: command.into(), status: 0, says }
    }

    /// A guest that is started by `tender`, a program with its options and the image, and asked by `ask` until it
    /// answers. Then it is told to end, and does so with 0.
    pub(super) fn asking(name: impl Into<String>, tender: &str, ask: &str, says: &[&str]) -> Self {
        Self::new(name, asking(tender, ask), says)
    }

    /// Does `before` first, and `after` when the command has ended, whose status stays.
    pub(super) fn between(mut self, before: &str, after: &str) -> Self {
        self.command = format!("{before}\n({})\nstatus=$?\n{after}\nexit $status", self.command);
        self
    }

    /// Tells what is wrong with how the command ended.
    pub(super) fn judge(&self, status: i32, said: &str) -> Result<(), String> {
        if let Some(escape) = ESCAPES.iter().find(|escape| said.contains(**escape)) {
            return Err(format!("it says {escape:?}"));
        }
        if status != self.status {
            return Err(format!("it ended with {status}, not {}", self.status));
        }
        match self.says.iter().find(|text| !said.contains(text.as_str())) {
            Some(text) => Err(format!("it does not say {text:?}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_wants_its_status_and_its_texts() {
        let check = Check { status: 101, ..Check::new("panic", "", &["on purpose"]) };
        let said = "about to panic\npanicked: on purpose\n";
        assert_eq!(check.judge(101, said), Ok(()));
        assert_eq!(check.judge(0, said), Err("it ended with 0, not 101".into()));
        let why = "it does not say \"on purpose\"";
        assert_eq!(check.judge(101, "about to panic\n"), Err(why.into()));
        let escaped = format!("{said}got out\n");
        assert_eq!(check.judge(101, &escaped), Err("it says \"got out\"".into()));
    }

    #[test]
    fn what_is_done_after_a_command_leaves_its_status() {
        let check = Check::new("", "exit 3", &[]).between("true", "true");
        let status = std::process::Command::new("sh").args(["-c", &check.command]).status();
        assert_eq!(status.unwrap().code(), Some(3));
    }
}
