//! The subcommands, from the words on the command line to the exit status.
//!
//! What is wrong is reported by the phase it belongs to, and phases never mix: words that the tool
//! knows, then the project, then `config.rs`, then the keys, then the plan, then the program, then
//! the compiler, then the unikernel itself.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anstream::ColorChoice;
use clap::{
    ArgMatches, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};
use serde_json::json;

use crate::{
    cli,
    console::{Console, Format, output, shown},
    extra::Voice,
    new,
    project::Project,
    report::{Failure, Report},
    scan::{self, Scan},
    tool::Tool,
    turn::Turn,
};

mod deeds;
mod unikernel;

/// Runs the command line `line`, without the name of the tool.
pub(crate) fn run(tool: &Tool, line: Vec<OsString>) -> ExitCode {
    let console = console(tool, &line);
    match (Session { tool, line, console }).run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.fail(&failure);
            ExitCode::from(failure.status)
        }
    }
}

/// One run of the tool.
pub(crate) struct Session<'a> {
    pub(crate) tool: &'a Tool,
    pub(crate) line: Vec<OsString>,
    pub(crate) console: Console,
}

impl Session<'_> {
    fn run(&self) -> Result<(), Failure> {
        let mut command = cli::command(self.tool);
        command.build();
        let at = scan::subcommand(&command, &self.line);
        let name = at.and_then(|at| self.line[at].to_str());
        let subcommand = name.and_then(|name| command.find_subcommand(name));
        match (subcommand, at) {
            (Some(subcommand), Some(at)) if cli::takes_keys(subcommand.get_name()) => {
                deeds::on_unikernel(self, subcommand, at)
            }
            _ => self.simple(),
        }
    }

    /// Runs a subcommand that knows no keys.
    fn simple(&self) -> Result<(), Failure> {
        let Some(matches) = self.parse(cli::command(self.tool), &self.line)? else { return Ok(()) };
        match matches.subcommand() {
            Some(("new", matches)) => self.new_project(&folder(matches, "name")),
            Some(("clean", matches)) => self.clean(&folder(matches, "project")),
            Some(("completions", matches)) => {
                self.completions(matches);
                Ok(())
            }
            Some((name, matches)) => self.extra(name, matches),
            None => unreachable!("clap requires one of the subcommands"),
        }
    }

    /// Parses a line strictly; `None` where all was said already (`--help`).
    pub(crate) fn parse(
        &self,
        command: Command,
        line: &[OsString],
    ) -> Result<Option<ArgMatches>, Failure> {
        let words = [OsString::from(self.tool.name)].into_iter().chain(line.iter().cloned());
        let color = if self.console.is_colored() {
            clap::ColorChoice::Always
        } else {
            clap::ColorChoice::Never
        };
        let error = match command.color(color).try_get_matches_from(words) {
            Ok(matches) => return Ok(Some(matches)),
            Err(error) => error,
        };
        let is_colored = self.console.is_output_colored();
        let text = error.render();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let text = if is_colored { text.ansi().to_string() } else { text.to_string() };
                output(&text);
                Ok(None)
            }
            ErrorKind::InvalidSubcommand => match unknown_word(&error) {
                // Of `help --help`, which to clap is the help of a command of that name.
                "--help" | "-h" => self.parse(cli::command(self.tool), &["--help".into()]),
                word => Err(self.unknown_subcommand(word)),
            },
            _ => Err(self.refused(&error)),
        }
    }

    fn unknown_subcommand(&self, word: &str) -> Failure {
        let (mut command, mut above) = (cli::command(self.tool), self.tool.name.to_owned());
        // A word below a command of the tool's own is one that this command does not know.
        let names = self.line.iter().filter_map(|it| it.to_str()).take_while(|it| *it != word);
        for name in names {
            if let Some(below) = command.find_subcommand(name).cloned() {
                above = format!("{above} {name}");
                command = below;
            }
        }
        let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
        let help = match sarab_key::closest(word, names.iter().copied()) {
            Some(close) => format!("did you mean `{above} {close}`?"),
            None => format!("there are: {}", names.join(", ")),
        };
        Report::error(format!("`{above}` has no command `{word}`")).help(help).usage()
    }

    fn refused(&self, error: &clap::Error) -> Failure {
        if let Some(report) = about_value(error) {
            return report.usage();
        }
        let text = error.render();
        let plain = text.to_string();
        let message = plain.lines().next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        let rendered =
            if self.console.is_colored() { text.ansi().to_string() } else { plain.clone() };
        Report::error(message).rendered(rendered).usage()
    }

    /// Runs a command of the tool's own.
    fn extra(&self, name: &str, matches: &ArgMatches) -> Result<(), Failure> {
        let own = self.tool.extras.iter().find(|extra| (extra.command)().get_name() == name);
        let extra = own.unwrap_or_else(|| unreachable!("clap knows these commands alone"));
        Ok((extra.run)(matches, Voice::new(self.console))?)
    }

    fn new_project(&self, folder: &Path) -> Result<(), Failure> {
        let home = self.tool.sources.find()?;
        let name = new::make(self.tool, &home, folder)?;
        let (tool, place, hint) = (self.tool.name, folder.display(), self.tool.template.hint);
        let hint = if hint.is_empty() { String::new() } else { format!("\nthen       {hint}") };
        let text = format!("made `{name}` in {place}\nrun it by  {tool} run {place}{hint}\n");
        self.console.result(&text, &json!({ "reason": "made", "name": name, "folder": folder }));
        Ok(())
    }

    fn clean(&self, folder: &Path) -> Result<(), Failure> {
        let project = Project::open(folder, self.tool.name)?;
        let folder = shown(&project.output);
        let is_there = project.output.is_dir();
        let _turn = is_there.then(|| Turn::take(&project.output, self.console)).transpose()?;
        let is_removed = project.clean()?;
        let done = if is_removed { "removed" } else { "nothing to remove in" };
        let text = format!("{done} {folder}\n");
        let object =
            json!({ "reason": "cleaned", "folder": project.output, "removed": is_removed });
        self.console.result(&text, &object);
        Ok(())
    }

    fn completions(&self, matches: &ArgMatches) {
        if let Some(shell) = matches.get_one::<clap_complete::Shell>("shell") {
            let mut text = Vec::new();
            let mut command = cli::command(self.tool);
            clap_complete::generate(*shell, &mut command, self.tool.name, &mut text);
            output(&String::from_utf8_lossy(&text));
        }
    }
}

/// Returns the word that names no command.
fn unknown_word(error: &clap::Error) -> &str {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => word,
        _ => "",
    }
}

/// Explains an option whose value is missing, wrong or too much.
fn about_value(error: &clap::Error) -> Option<Report> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg)?;
    let (name, value) = (option.split(' ').next()?, text(ContextKind::InvalidValue)?);
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => {
            let report = Report::error(format!("`{name}` needs a value"));
            Some(report.help(format!("give `{}`", option.replace(['<', '>'], ""))))
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string)?;
            Some(Report::error(format!("`{name}` cannot be `{value}`: {why}")))
        }
        ErrorKind::TooManyValues => {
            let report = Report::error(format!("`{name}` takes no value, and was given `{value}`"));
            Some(report.help(format!("give `{name}` alone")))
        }
        _ => None,
    }
}

fn folder(matches: &ArgMatches, name: &str) -> PathBuf {
    matches.get_one::<OsString>(name).map(PathBuf::from).unwrap_or_default()
}

/// Finds out how to speak, before anything else can go wrong.
fn console(tool: &Tool, line: &[OsString]) -> Console {
    let mut command = cli::command(tool);
    command.build();
    let top = Scan::read(&command, line);
    let at = scan::subcommand(&command, line).map(|at| at + 1);
    let rest = at.and_then(|at| line.get(at..)).unwrap_or_default();
    let name = at.and_then(|at| line[at - 1].to_str()).unwrap_or_default();
    let sub = command.find_subcommand(name).map(|subcommand| Scan::read(subcommand, rest));
    let options = sub.into_iter().flat_map(|scan| scan.options).chain(top.options);
    let (mut format, mut color, mut is_quiet) = (Format::Human, ColorChoice::Auto, false);
    for (id, value) in options {
        match (id.as_str(), value.as_deref()) {
            ("quiet", None) => is_quiet = true,
            ("message-format", Some("json")) => format = Format::Json,
            ("color", Some("always")) => color = ColorChoice::Always,
            ("color", Some("never")) => color = ColorChoice::Never,
            _ => {}
        }
    }
    Console::new(format, color, is_quiet)
}
