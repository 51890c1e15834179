//! `cargo xtask crash`: all stores are cut off at every moment, by every seed, on every core.
//!
//! Each store is a [`Subject`](sarab_crash::Subject) with mutants: the same store with a mistake, or on a disk
//! that lies. First the mutants are hunted, then the rest of the time goes to the stores themselves. It ends
//! with a table, and fails if a store broke a promise or a mutant was not found.
#![forbid(unsafe_code)]

use std::{process::ExitCode, time::Duration};

use clap::{Arg, Command, value_parser};
use sarab_crash::Origin;

mod hunt;
mod mutant;
mod runner;
mod show;
mod store;
mod subject;
mod verdict;
mod watch;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let seed = matches.get_one::<u64>("seed").copied().unwrap_or(1);
    let subject = matches.get_one::<String>("subject").map(String::as_str);
    let stores = store::all().into_iter();
    let stores: Vec<_> =
        stores.filter(|store| subject.is_none_or(|name| store.name == name)).collect();
    if let Some(origin) = matches.get_one::<Origin>("case") {
        return hunt::again(&stores, *origin);
    }
    let minutes = matches.get_one::<f64>("minutes").copied().unwrap_or(3.0);
    hunt::all(&stores, seed, Duration::from_secs_f64(minutes.clamp(0.0, 1e6) * 60.0))
}

fn command() -> Command {
    let minutes = Arg::new("minutes")
        .long("minutes")
        .value_name("N")
        .value_parser(value_parser!(f64))
        .help("How long it runs [default: 3]");
    let seed = Arg::new("seed")
        .long("seed")
        .value_name("S")
        .value_parser(value_parser!(u64))
        .help("The first seed of random workloads [default: 1]");
    let names: Vec<_> = store::all().iter().map(|store| store.name).collect();
    let subject = Arg::new("subject").long("subject").value_parser(names).help("Only this store");
    let case = Arg::new("case")
        .long("case")
        .value_name("WORKLOAD")
        .value_parser(|text: &str| text.parse::<Origin>())
        .help("Only this workload: small/17 or swarm/42");
    Command::new("crash")
        .bin_name("cargo xtask crash")
        .about("Cuts the stores off at every moment, and damages their disks")
        .args([minutes, seed, subject, case])
}
