//! Stands beside a tender while its unikernel runs: network without root, forwarded ports, crash
//! reports.
//!
//! ```text
//! sarab-host --tender PATH [--publish HOST:GUEST].. [--debug] [--memory SIZE]
//!            [--net NAME=BACKEND].. [--disk NAME=FILE].. IMAGE WORDS..
//! sarab-host --symbolise IMAGE < report
//! ```
//!
//! The tender is a child, in the network namespace that this process has made and entered, where
//! the unikernel's cards are taps. The published ports were opened before, so they are the host's,
//! and each connection to one is carried on to the unikernel. The status is the tender's, or 128
//! and the number of the signal that ended it.

mod command;
mod crash;
mod debug;
mod door;
mod image;
mod life;
mod link;
mod namespace;
mod network;
mod publish;
mod relay;
mod signals;
mod symbols;
mod tender;
mod wire;

use std::{io, process::ExitCode};

use sarab_runtime::{Failure, Status};

use command::{Command, Order};

fn main() -> ExitCode {
    let status = match Command::read(std::env::args_os().skip(1)) {
        Ok(Command::Help) => Ok(help()),
        Ok(Command::Symbolise(image)) => crash::symbolise(&image),
        Ok(Command::Run(order)) => run(&order),
        Err(failure) => Err(failure),
    };
    status.unwrap_or_else(|failure| refuse(&failure)).0.into()
}

/// Runs the unikernel. The order matters: ports are opened in the namespace of the host, and the
/// tender starts in the one that is made next.
fn run(order: &Order) -> Result<Status, Failure> {
    let signals = signals::Signals::block().map_err(unavailable("cannot watch for signals"))?;
    let network = network::prepare(order)?;
    let debug = debug::prepare(order, network.is_private())?;
    let attached = network.enter()?;
    let words = order.words(debug.word(), &attached.cards);
    let mut child = tender::Tender::start(&order.tender, &words, &signals)?;
    debug.explain(order);
    let reports = wire::Wire::start(child.take_error()?, debug.watch(order, child.id()), order)?;
    let doors = attached.doors.into_iter().chain(debug.door);
    let status = life::live(&mut child, &signals, doors.collect());
    reports.finish();
    if let Some(deed) = child.deed() {
        eprintln!("crash: {deed}");
    }
    status
}

fn help() -> Status {
    println!("{}", command::USAGE);
    Status::SUCCESS
}

fn refuse(failure: &Failure) -> Status {
    eprintln!("sarab-host: {failure}");
    failure.status()
}

/// Returns how an error of the host becomes a failure of what was `tried`.
fn unavailable<E: Into<io::Error>>(tried: &str) -> impl Fn(E) -> Failure {
    move |error| Failure::new(error.into()).context(tried).with_status(Status::UNAVAILABLE)
}
