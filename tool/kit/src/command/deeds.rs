//! What is done with a unikernel: configure, describe, why, build, run.

use std::{ffi::OsString, fs, path::Path};

use clap::{
    ArgMatches, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};
use sarab_describe::{Colour, render_dot, render_json, render_svg, render_text};
use serde_json::json;

use super::{
    Session,
    unikernel::{Known, is_project},
};
use crate::{
    cli, companions,
    console::shown,
    image::{self, Image},
    project::Project,
    report::{Context, Failure, Report},
    run, runner,
    scan::Scan,
    size::shown_size,
};

/// Runs a subcommand whose name is word `at` of the line.
pub(super) fn on_unikernel(
    session: &Session<'_>,
    subcommand: &Command,
    at: usize,
) -> Result<(), Failure> {
    let name = subcommand.get_name();
    let words = &session.line[at + 1..];
    let scan = Scan::read(subcommand, words);
    let guess = scan.folder(name == "why");
    if scan.asks_help {
        return help(session, name, at, &guess);
    }
    check_own_words(session, &scan, at)?;
    let (mut folder, mut is_guess) = (guess, true);
    loop {
        let project = Project::open(&folder, session.tool.name)?;
        let known = Known::learn(session, &project, name, words)?;
        let matches = strict(session, &known, name)?;
        let named = Known::folder(&matches);
        if named == folder || !is_guess {
            return act(session, &known, name, &matches);
        }
        // A word that looked like the value of an option names the project, or the other way round.
        (folder, is_guess) = (named, false);
    }
}

/// Checks the words that the tool knows itself, before the project is looked at.
fn check_own_words(session: &Session<'_>, scan: &Scan, at: usize) -> Result<(), Failure> {
    let line: Vec<OsString> = session.line[..=at].iter().chain(&scan.known).cloned().collect();
    let words = [OsString::from(session.tool.name)].into_iter().chain(line.iter().cloned());
    let error = cli::command(session.tool).try_get_matches_from(words).err();
    match error.map(|error| error.kind()) {
        // A word that may be the value of an option may also be what is missing.
        Some(ErrorKind::MissingRequiredArgument) if !scan.doubtful.is_empty() => Ok(()),
        Some(_) => session.parse(cli::command(session.tool), &line).map(drop),
        None => Ok(()),
    }
}

/// Parses the line with all keys known.
fn strict(session: &Session<'_>, known: &Known<'_>, name: &str) -> Result<ArgMatches, Failure> {
    let command = known.command.clone();
    let words = [OsString::from(session.tool.name)].into_iter().chain(session.line.iter().cloned());
    if let Err(error) = command.clone().try_get_matches_from(words)
        && error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg)
        && option.starts_with('-')
        && let Some(subcommand) = command.find_subcommand(name)
    {
        return Err(known.keys.unknown(option, subcommand));
    }
    let matches = session.parse(command, &session.line)?;
    let matches = matches.and_then(|mut matches| matches.remove_subcommand());
    matches.map(|(_, matches)| matches).ok_or_else(|| Report::error("nothing to do").usage())
}

/// Shows the help of a subcommand, with the keys of the project where there is one.
fn help(session: &Session<'_>, name: &str, at: usize, folder: &Path) -> Result<(), Failure> {
    let line = [session.line[..=at].to_vec(), vec!["--help".into()]].concat();
    let tool = session.tool.name;
    if !is_project(folder) {
        let hint = format!("In a project also its keys are shown: {tool} {name} DIR --help\n");
        session.parse(cli::command(session.tool), &line)?;
        session.console.say(&format!("\n{hint}"));
        return Ok(());
    }
    let project = Project::open(folder, tool)?;
    let words = &session.line[at + 1..];
    match Known::learn(session, &project, name, words) {
        Ok(known) => session.parse(known.command, &line).map(drop),
        Err(failure) => {
            session.parse(cli::command(session.tool), &line)?;
            session.console.say("\nIts keys are not shown, because of this:\n");
            Err(failure)
        }
    }
}

fn act(
    session: &Session<'_>,
    known: &Known<'_>,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    match name {
        "configure" => configure(session, known),
        "describe" => describe(session, known, matches),
        "why" => why(session, known, matches),
        "build" => build(session, known, matches),
        _ => run(session, known, matches),
    }
}

fn configure(session: &Session<'_>, known: &Known<'_>) -> Result<(), Failure> {
    let (plan, package) = known.package(session)?;
    let text = format!("wrote {}\n", shown(&package.folder));
    let object = json!({
        "reason": "configured", "name": plan.name, "target": plan.target,
        "folder": package.folder,
    });
    session.console.result(&text, &object);
    Ok(())
}

fn describe(session: &Session<'_>, known: &Known<'_>, matches: &ArgMatches) -> Result<(), Failure> {
    let plan = known.plan(session)?;
    let file = matches.get_one::<OsString>("output").map(Path::new);
    let is_colored = file.is_none() && session.console.is_output_colored();
    let format = matches.get_one::<String>("format").map_or("text", String::as_str);
    let text = match format {
        "dot" => render_dot(&plan),
        "svg" => render_svg(&plan),
        "json" => render_json(&plan),
        _ => render_text(&plan, colour(is_colored)),
    };
    let mut object = json!({ "reason": "described", "name": plan.name, "format": format });
    let Some(file) = file else {
        object["text"] = json!(text);
        session.console.result(&text, &object);
        return Ok(());
    };
    fs::write(file, text).context("write", file)?;
    object["file"] = json!(file);
    session.console.result("", &object);
    Ok(())
}

fn why(session: &Session<'_>, known: &Known<'_>, matches: &ArgMatches) -> Result<(), Failure> {
    let plan = known.plan(session)?;
    let device = matches.get_one::<String>("device").map(String::as_str).unwrap_or_default();
    let is_colored = session.console.is_output_colored();
    let text = sarab_describe::why(&plan, device, colour(is_colored))
        .map_err(|error| Report::error(error.to_string()).help(error.help()).usage())?;
    let object = json!({ "reason": "selected", "device": device, "text": text });
    session.console.result(&text, &object);
    Ok(())
}

fn colour(is_colored: bool) -> Colour {
    if is_colored { Colour::Ansi } else { Colour::Plain }
}

fn build(session: &Session<'_>, known: &Known<'_>, matches: &ArgMatches) -> Result<(), Failure> {
    let (plan, package) = known.package(session)?;
    let target = package.target;
    let image = image::build(known.project, &plan, package, profile(matches), session.console)?;
    let Image { file, size_bytes, loaded_bytes } = image;
    let companions = companions::write(target.companions, known.project, &plan, &file)?;
    let loaded = loaded_bytes.map(|bytes| format!(", {} of it loaded", shown_size(bytes)));
    let text =
        format!("{}  {}{}\n", shown(&file), shown_size(size_bytes), loaded.unwrap_or_default());
    let object = json!({
        "reason": "built", "name": plan.name, "target": plan.target, "image": file,
        "size_bytes": size_bytes, "loaded_bytes": loaded_bytes, "companions": companions,
    });
    session.console.result(&text, &object);
    let names: Vec<_> = companions.iter().filter_map(|file| file.file_name()?.to_str()).collect();
    if !names.is_empty() {
        session.console.say(&format!("beside it: {}\n", names.join(", ")));
    }
    Ok(())
}

fn run(session: &Session<'_>, known: &Known<'_>, matches: &ArgMatches) -> Result<(), Failure> {
    let (plan, package) = known.package(session)?;
    let target = package.target;
    run::check(&plan, &known.keys, matches)?;
    run::check_options(session.tool, target, matches)?;
    let image = image::build(known.project, &plan, package, profile(matches), session.console)?;
    let build = |runner| runner::build(runner, &known.home, known.project, session.console);
    let runner = target.runner.as_ref().map(build).transpose()?;
    match run::exec(known.project, &plan, &image, runner, matches)? {}
}

fn profile(matches: &ArgMatches) -> &str {
    matches.get_one::<String>("profile").map_or("release", String::as_str)
}
