//! Reads a command line of which not all options are known yet.
//!
//! Which options there are depends on the project, and which project it is stands on the same
//! line. So the line is read leniently first: by what the tool itself understands.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{Arg, Command};

/// A command line, read leniently.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The words that the command understands.
    pub(crate) known: Vec<OsString>,
    /// Its options in order: the id, and the value where there is one.
    pub(crate) options: Vec<(String, Option<String>)>,
    /// The words that are no options and follow none that is unknown.
    pub(crate) words: Vec<OsString>,
    /// The words that follow an unknown option: its value, or a word of their own.
    pub(crate) doubtful: Vec<OsString>,
    /// Whether help is asked for.
    pub(crate) asks_help: bool,
}

impl Scan {
    /// Reads `line`, the words after the name of `command`, which was built.
    pub(crate) fn read(command: &Command, line: &[OsString]) -> Self {
        let mut scan = Self::default();
        let mut line = line.iter();
        while let Some(word) = line.next() {
            match Word::of(word) {
                Word::End => {
                    scan.known.push(word.clone());
                    scan.known.extend(line.by_ref().cloned());
                }
                Word::Plain => {
                    scan.known.push(word.clone());
                    scan.words.push(word.clone());
                }
                Word::Option { name, value } => scan.option(command, word, name, value, &mut line),
            }
        }
        scan
    }

    fn option<'a>(
        &mut self,
        command: &Command,
        word: &OsString,
        name: &str,
        value: Option<&str>,
        line: &mut (impl Iterator<Item = &'a OsString> + Clone),
    ) {
        if matches!(name, "help" | "h") {
            self.asks_help = true;
            return;
        }
        match find(command, name) {
            Some(option) if !option.get_action().takes_values() => {
                self.known.push(word.clone());
                self.options.push((option.get_id().to_string(), None));
            }
            Some(option) => {
                self.known.push(word.clone());
                let next = if value.is_some() { None } else { line.next() };
                self.known.extend(next.cloned());
                let value = value.map(Into::into).or(next.map(|next| text(next)));
                self.options.push((option.get_id().to_string(), value));
            }
            None if value.is_none() => {
                let mut ahead = line.clone();
                if let Some(next) =
                    ahead.next().filter(|next| matches!(Word::of(next), Word::Plain))
                {
                    self.doubtful.push(next.clone());
                    line.next();
                }
            }
            None => {}
        }
    }

    /// Returns the folder of the project, as far as can be told; `is_last_device` where the last
    /// word is no folder in any case.
    pub(crate) fn folder(&self, is_last_device: bool) -> PathBuf {
        let count = self.words.len() - usize::from(is_last_device && !self.words.is_empty());
        let is_project = |word: &&OsString| Path::new(word).join("Cargo.toml").is_file();
        let doubtful = || self.doubtful.iter().find(is_project);
        let word = self.words[..count].first().or_else(doubtful);
        word.map_or_else(|| PathBuf::from("."), PathBuf::from)
    }
}

/// Returns the place of the subcommand's name in `line`.
pub(crate) fn subcommand(command: &Command, line: &[OsString]) -> Option<usize> {
    let mut index = 0;
    while let Some(word) = line.get(index) {
        index += match Word::of(word) {
            Word::Plain => return Some(index),
            Word::End => return None,
            Word::Option { name, value: None } => {
                let takes_value = |option: &Arg| option.get_action().takes_values();
                1 + usize::from(find(command, name).is_some_and(takes_value))
            }
            Word::Option { .. } => 1,
        };
    }
    None
}

/// A word of a command line.
enum Word<'a> {
    /// `--`.
    End,
    /// Not an option.
    Plain,
    /// `--name`, `--name=value`, `-x`, `-xvalue` or `-x=value`.
    Option { name: &'a str, value: Option<&'a str> },
}

impl<'a> Word<'a> {
    fn of(word: &'a OsStr) -> Self {
        let Some(text) = word.to_str() else { return Word::Plain };
        if text == "--" {
            return Word::End;
        }
        if let Some(long) = text.strip_prefix("--") {
            return match long.split_once('=') {
                Some((name, value)) => Word::Option { name, value: Some(value) },
                None => Word::Option { name: long, value: None },
            };
        }
        let Some(short) = text.strip_prefix('-').filter(|short| !short.is_empty()) else {
            return Word::Plain;
        };
        let (name, value) = short.split_at(short.chars().next().map_or(0, char::len_utf8));
        let value = value.strip_prefix('=').unwrap_or(value);
        Word::Option { name, value: (!value.is_empty()).then_some(value) }
    }
}

/// Finds an option by its long name, or its letter.
fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut letters = name.chars();
    let letter = letters.next().filter(|_| letters.next().is_none());
    command.get_arguments().find(|option| {
        let is_long = option.get_long() == Some(name)
            || option.get_all_aliases().is_some_and(|aliases| aliases.contains(&name));
        let is_short = letter.is_some_and(|letter| {
            option.get_short() == Some(letter)
                || option.get_all_short_aliases().is_some_and(|all| all.contains(&letter))
        });
        is_long || is_short
    })
}

fn text(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli, examples::TOOL};

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn scan(subcommand: &str, line: &str) -> Scan {
        let mut command = cli::command(&TOOL);
        command.build();
        Scan::read(command.find_subcommand(subcommand).unwrap(), &words(line))
    }

    #[test]
    fn the_subcommand_is_found_behind_options() {
        let mut command = cli::command(&TOOL);
        command.build();
        for (line, expected) in [
            ("run web", Some(0)),
            ("--color never run web", Some(2)),
            ("--color=never run", Some(1)),
            ("--version", None),
            ("", None),
        ] {
            assert_eq!(subcommand(&command, &words(line)), expected, "{line}");
        }
    }

    #[test]
    fn what_the_tool_knows_is_told_from_what_it_does_not() {
        let scan = scan("run", "--port 80 web -p 1:2 --disk=a=b --loud --color never -- --x y");
        assert_eq!(scan.known, words("web -p 1:2 --disk=a=b --color never -- --x y"));
        assert_eq!(scan.words, words("web"));
        assert_eq!(scan.doubtful, words("80"));
        let id = |name: &str, value: &str| (name.to_string(), Some(value.to_string()));
        let expected = [id("publish", "1:2"), id("disk", "a=b"), id("color", "never")];
        assert_eq!(scan.options, expected);
    }

    #[test]
    fn help_is_seen_before_the_end_of_the_options_only() {
        assert!(scan("run", "web --help").asks_help);
        assert!(scan("run", "-h").asks_help);
        assert!(!scan("run", "web -- --help").asks_help);
    }

    #[test]
    fn a_word_behind_an_unknown_option_is_the_folder_if_a_project_is_there() {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("Cargo.toml"), "").unwrap();
        let project = project.path().display().to_string();
        for (line, expected) in [
            (format!("--loud {project}"), project.as_str()),
            (format!("--port 80 {project}"), project.as_str()),
            ("--port 80".into(), "."),
            ("--port 80 elsewhere".into(), "elsewhere"),
        ] {
            assert_eq!(scan("run", &line).folder(false), Path::new(expected), "{line}");
        }
    }

    #[test]
    fn the_device_of_why_is_no_folder() {
        assert_eq!(scan("why", "service").folder(true), Path::new("."));
        assert_eq!(scan("why", "web service").folder(true), Path::new("web"));
        assert_eq!(scan("why", "").folder(true), Path::new("."));
    }
}
