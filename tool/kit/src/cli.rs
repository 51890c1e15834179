//! The command line: what every tool of this library understands, and how it explains it.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command, ValueHint, builder::PossibleValuesParser};

use sarab_key::{Size, Value};

use crate::tool::Tool;

/// The options of `run` that only a program that runs an image understands.
pub(crate) const OF_RUNNERS: [&str; 3] = ["memory", "machine", "debug"];

/// The options of `run` that attach something, and may also be names of keys: an attachment's
/// value has an equals sign in it.
pub(crate) const ATTACHMENTS: [&str; 3] = ["disk", "net", "folder"];

/// Returns the whole command, without the keys of any unikernel.
pub(crate) fn command(tool: &Tool) -> Command {
    let name = tool.name;
    Command::new(name)
        .version(tool.version)
        .about(tool.about)
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args([color(), message_format(), quiet()])
        .after_help(format!(
            "Examples:\n  \
             {name} new web            makes a project\n  \
             {name} run web            builds it and runs it as a process\n  \
             {name} run web --help     shows what can be configured in it\n  \
             {name} describe web       shows what it is made of"
        ))
        .subcommands([
            new(name),
            configure(name),
            describe(name),
            why(name),
            build(name),
            run(name),
            Command::new("clean")
                .about("Removes everything that was made for a project")
                .arg(project()),
            completions(name),
        ])
        .subcommands(tool.extras.iter().map(|extra| (extra.command)()))
}

/// Returns whether a subcommand works on a unikernel, so that its keys are options of it.
pub(crate) fn takes_keys(subcommand: &str) -> bool {
    matches!(subcommand, "configure" | "describe" | "why" | "build" | "run")
}

fn new(name: &str) -> Command {
    Command::new("new")
        .about("Makes a project that runs")
        .arg(
            Arg::new("name")
                .value_parser(clap::value_parser!(OsString))
                .value_name("NAME")
                .required(true)
                .value_hint(ValueHint::DirPath)
                .help("Folder to make; its last part names the package"),
        )
        .after_help(format!("Example:\n  {name} new web && {name} run web"))
}

fn configure(name: &str) -> Command {
    Command::new("configure")
        .about("Evaluates config.rs and writes the package that is built from it")
        .arg(project())
        .after_help(format!(
            "Without a config.rs the wiring follows from the parameters of the program's job.\n\n\
             Examples:\n  \
             {name} configure web --help            shows the keys of `web`\n  \
             {name} configure web --net direct      writes the package of another variant"
        ))
}

fn describe(name: &str) -> Command {
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(["text", "dot", "svg", "json"])
        .default_value("text")
        .help("How to describe it");
    let output = Arg::new("output")
        .value_parser(clap::value_parser!(OsString))
        .short('o')
        .long("output")
        .value_name("FILE")
        .value_hint(ValueHint::FilePath)
        .help("File to write instead of standard output");
    Command::new("describe")
        .about("Shows the devices, jobs and keys of a unikernel")
        .args([project(), format, output])
        .after_help(format!(
            "Examples:\n  \
             {name} describe web\n  \
             {name} describe web --format svg -o web.svg\n  \
             {name} describe web --net direct       shows another variant"
        ))
}

fn why(name: &str) -> Command {
    let device = Arg::new("device")
        .value_name("DEVICE")
        .required(true)
        .help("Name of a device, as `describe` shows it");
    Command::new("why")
        .about("Shows the path and the key values that selected a device")
        .args([project(), device])
        .allow_missing_positional(true)
        .after_help(format!(
            "Examples:\n  {name} why service          in the current folder\n  {name} why web service"
        ))
}

fn build(name: &str) -> Command {
    Command::new("build")
        .about("Builds the image of a unikernel")
        .args([project(), profile()])
        .after_help(format!(
            "Examples:\n  {name} build web\n  {name} build web --message-format json"
        ))
}

fn run(name: &str) -> Command {
    let publish = Arg::new("publish")
        .short('p')
        .long("publish")
        .value_name("HOST:GUEST")
        .action(ArgAction::Append)
        .help("Forwards a port of the host to one of the unikernel");
    let boot = Arg::new("boot")
        .value_parser(clap::value_parser!(OsString))
        .value_name("BOOT KEYS")
        .last(true)
        .num_args(0..)
        .help("Keys for the unikernel itself; `-- --help` shows them");
    Command::new("run")
        .about("Builds a unikernel and runs it")
        .args([project(), profile(), publish])
        .arg(attachment("disk", "NAME=FILE", "Attaches a file as the disk NAME"))
        .arg(attachment("net", "NAME=BACKEND", "Attaches the network card NAME (tap0, tap:tap0)"))
        .arg(attachment("folder", "NAME=PATH", "Attaches a folder of the host as NAME"))
        .args([memory(), machine(), debug(), boot])
        .after_help(format!(
            "The status is that of the unikernel. Ctrl-C asks it to stop.\n\n\
             Examples:\n  \
             {name} run web\n  \
             {name} run web -p 80:8080              port 80 of the host is its port 8080\n  \
             {name} run web -- --port 9000          gives it a boot key\n  \
             {name} run web -- --help               shows its boot keys\n  \
             {name} run web --net direct --net service=tap0\n  \
             {name} run web -t hvt --memory 64MiB   in a virtual machine of 64 MiB"
        ))
}

fn completions(name: &str) -> Command {
    Command::new("completions")
        .about("Prints what completes this command in a shell")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(clap::value_parser!(clap_complete::Shell)),
        )
        .after_help(format!("Example:\n  source <({name} completions bash)"))
}

fn project() -> Arg {
    Arg::new("project")
        .value_parser(clap::value_parser!(OsString))
        .value_name("DIR")
        .value_hint(ValueHint::DirPath)
        .default_value(".")
        .hide_default_value(true)
        .help("Folder of the project [default: the current folder]")
}

fn attachment(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help)
}

fn profile() -> Arg {
    Arg::new("profile")
        .long("profile")
        .value_name("PROFILE")
        .value_parser(PossibleValuesParser::new(["release", "dev"]))
        .default_value("release")
        .help("How to compile: for speed, or quickly and with checks")
}

fn memory() -> Arg {
    Arg::new("memory")
        .long("memory")
        .value_name("SIZE")
        .value_parser(Size::parse)
        .help("Memory of the unikernel (64MiB), where the target has some to give")
}

fn machine() -> Arg {
    Arg::new("machine")
        .long("machine")
        .value_name("MACHINE")
        .help("The kind of machine (microvm, q35), where the target has several; it knows which")
}

fn debug() -> Arg {
    Arg::new("debug")
        .long("debug")
        .action(ArgAction::SetTrue)
        .help("Waits for a debugger before the first instruction, where the target can")
}

fn color() -> Arg {
    Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .value_parser(PossibleValuesParser::new(["auto", "always", "never"]))
        .default_value("auto")
        .global(true)
        .hide_possible_values(true)
        .hide_default_value(true)
        .help("Colours: auto, always or never")
        .help_heading("Output")
}

fn quiet() -> Arg {
    Arg::new("quiet")
        .short('q')
        .long("quiet")
        .action(ArgAction::SetTrue)
        .global(true)
        .help("Tells nothing of long work, only results and errors")
        .help_heading("Output")
}

fn message_format() -> Arg {
    Arg::new("message-format")
        .long("message-format")
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(["human", "json"]))
        .default_value("human")
        .global(true)
        .hide_possible_values(true)
        .hide_default_value(true)
        .help("How to tell things: human, or json for one object a line")
        .help_heading("Output")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::TOOL;

    #[test]
    fn the_command_is_well_formed() {
        command(&TOOL).debug_assert();
    }

    #[test]
    fn one_word_after_why_is_the_device_and_two_are_folder_and_device() {
        for (words, folder, device) in
            [(vec!["service"], ".", "service"), (vec!["web", "service"], "web", "service")]
        {
            let line = ["sarab", "why"].into_iter().chain(words);
            let matches = command(&TOOL).try_get_matches_from(line).unwrap();
            let matches = matches.subcommand_matches("why").unwrap();
            assert_eq!(matches.get_one::<OsString>("project").unwrap(), folder);
            assert_eq!(matches.get_one::<String>("device").unwrap(), device);
        }
    }
}
