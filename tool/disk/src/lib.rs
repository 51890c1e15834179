//! The command `sarab disk`: images and block devices, and what is on them, by the code that unikernels use.
//!
//! [`DISK`] is the command, for a [`Tool`](sarab_kit::Tool). An image is named as `IMAGE`, a partition of it as
//! `IMAGE:2`.
#![forbid(unsafe_code)]

mod check;
mod cli;
mod columns;
mod copy;
mod count;
mod create;
mod dump;
mod files;
mod format;
mod host;
mod info;
mod kind;
mod parts;
mod passphrase;
mod path;
mod place;
mod size;
mod snapshot;
mod stack;
mod volume;

use clap::ArgMatches;
use sarab_kit::{Extra, Problem, Voice};

/// The command `disk`.
pub const DISK: Extra = Extra { command: cli::command, run };

fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(Problem::new("nothing to do").usage());
    };
    let deed = async {
        match name {
            "create" => create::run(matches, voice),
            "format" => format::run(matches, voice).await,
            "info" => info::run(matches, voice).await,
            "ls" => files::ls(matches, voice).await,
            "cat" => files::cat(matches).await,
            "put" => copy::put(matches, voice).await,
            "get" => copy::get(matches, voice).await,
            "mkdir" => files::mkdir(matches).await,
            "rm" => files::rm(matches).await,
            "check" => check::check(matches, voice).await,
            "scrub" => check::scrub(matches, voice).await,
            "snapshot" => snapshot::run(matches, voice).await,
            "dump" => dump::run(matches, voice).await,
            "passphrase" => passphrase::run(matches, voice).await,
            _ => unreachable!("clap knows these commands alone"),
        }
    };
    futures_lite::future::block_on(deed)
}
