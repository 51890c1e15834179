//! The chores of the project: `cargo xtask tidy`, `test`, `crash`, `survive`, `lab` and `bench`.
#![forbid(unsafe_code)]

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction, Command};

mod bench;
mod crash;
mod fetch;
mod lab;
mod report;
mod survive;
mod test;
mod tidy;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let done = match matches.subcommand() {
        Some(("tidy", _)) => tidy::run(&root()),
        Some(("test", rest)) => test::run(&root(), rest.get_one::<String>("filter")),
        Some(("survive", rest)) => {
            survive::run(&root(), rest.get_one::<u32>("kills").copied().unwrap_or(survive::KILLS))
        }
        Some(("lab", rest)) => {
            lab::run(&root(), rest.get_one::<String>("machine").map_or("", String::as_str))
        }
        Some(("crash", rest)) => {
            let arguments = rest.get_many::<OsString>("arguments").unwrap_or_default();
            crash::run(&root(), &arguments.cloned().collect::<Vec<_>>())
        }
        Some(("bench", rest)) => {
            let part = rest.get_one::<String>("part").map(String::as_str);
            let seconds = rest.get_one::<u32>("seconds").copied();
            bench::run(&root(), part, bench::Extent { seconds, is_quick: rest.get_flag("quick") })
        }
        _ => unreachable!("clap requires a subcommand"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            report::failure(&why);
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let filter = Arg::new("filter").help("Only the tests whose name contains this");
    let machines = lab::MACHINES.map(|(name, _)| name);
    let machine = Arg::new("machine").required(true).value_parser(machines).help("Which machine");
    let seconds = Arg::new("seconds")
        .long("seconds")
        .value_name("N")
        .value_parser(clap::value_parser!(u32))
        .help("How long each load runs [default: 5]");
    let quick = Arg::new("quick")
        .long("quick")
        .action(ArgAction::SetTrue)
        .help("A tenth of the stores' pairs, and one round, to try it");
    let arguments = Arg::new("arguments")
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .value_parser(clap::value_parser!(OsString))
        .help("What the campaign takes: see --help there");
    let kills = Arg::new("kills")
        .long("kills")
        .value_name("N")
        .value_parser(clap::value_parser!(u32))
        .help("How often each is killed [default: 300]");
    let parts = bench::PARTS.map(|part| part.name);
    let part = Arg::new("part").value_parser(parts).help("Only this part");
    Command::new("cargo xtask")
        .about("The chores of the project")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("tidy").about("Checks the rules that ARCHITECTURE.md states"))
        .subcommand(Command::new("test").about("Runs everything that must pass").arg(filter))
        .subcommand(
            Command::new("crash")
                .about("Cuts the stores off at every moment, and damages their disks")
                .disable_help_flag(true)
                .arg(arguments),
        )
        .subcommand(
            Command::new("survive").about("Kills what keeps something, many times").arg(kills),
        )
        .subcommand(
            Command::new("lab").about("Checks on a machine that QEMU emulates").arg(machine),
        )
        .subcommand(
            Command::new("bench")
                .about("Measures Sarab beside its peers")
                .args([part, seconds, quick]),
        )
}

/// Returns the folder of the whole project.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the project's folder").to_path_buf()
}

/// What a chore ends with: nothing, or a sentence for the person who started it.
type Done = Result<(), String>;
