//! The options that only this tender has.

use sarab_guest::qemu::{Accelerator, Machine};
use sarab_monitor::{
    Error,
    command::{Own, Value},
};

/// The options that only this tender has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The machine, if it is not to be chosen.
    pub(crate) machine: Option<Machine>,
    /// What runs its processor, if it is not to be chosen.
    pub(crate) accelerator: Option<Accelerator>,
    /// Whether the command line of QEMU is written, and nothing started.
    pub(crate) shows: bool,
}

impl Own for Options {
    const USAGE: &'static str = "[--machine microvm|q35] [--accel kvm|tcg] [--show] ";

    fn take(&mut self, option: &str, value: Value<'_>) -> Result<bool, Error> {
        match option {
            "--machine" => {
                self.machine = Some(match value()?.as_str() {
                    "microvm" => Machine::Microvm,
                    "q35" => Machine::Q35,
                    other => return Err(wrong(option, other, "microvm or q35")),
                });
            }
            "--accel" => {
                self.accelerator = Some(match value()?.as_str() {
                    "kvm" => Accelerator::Kvm,
                    "tcg" => Accelerator::Tcg,
                    other => return Err(wrong(option, other, "kvm or tcg")),
                });
            }
            "--show" => self.shows = true,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn wrong(option: &str, value: &str, known: &str) -> Error {
    Error::usage(format_args!("{option} {value}: it is {known}"))
}

#[cfg(test)]
mod tests {
    use sarab_monitor::command::Command;

    use super::*;

    fn read(line: &str) -> Result<(Options, Command), String> {
        let mut options = Options::default();
        let command = Command::read_with(line.split(' ').map(Into::into), &mut options);
        let first = |error: Error| error.to_string().lines().next().unwrap_or_default().to_owned();
        command.map(|command| (options, command)).map_err(first)
    }

    #[test]
    fn they_stand_among_those_of_all_tenders() {
        let (options, command) =
            read("--show --memory 1MiB --machine=q35 --accel tcg site --show").unwrap();
        let (machine, accelerator) = (Some(Machine::Q35), Some(Accelerator::Tcg));
        assert_eq!(options, Options { machine, accelerator, shows: true });
        assert_eq!((command.memory_bytes, &command.words[..]), (1 << 20, &["--show".into()][..]));
    }

    #[test]
    fn a_guest_of_which_nothing_is_said_has_the_memory_that_files_beside_an_image_give_it() {
        let (_, command) = read("site").unwrap();
        assert_eq!(command.memory_bytes, sarab_guest::MEMORY_BYTES);
    }

    #[test]
    fn a_wrong_value_is_answered_with_the_right_ones() {
        for (line, expected) in [
            ("--machine pc x", "--machine pc: it is microvm or q35"),
            ("--accel hvf x", "--accel hvf: it is kvm or tcg"),
            ("--machine", "--machine lacks its value"),
            ("--shows x", "--shows: no such option"),
        ] {
            assert_eq!(read(line).unwrap_err(), expected);
        }
    }
}
