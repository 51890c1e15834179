//! The command line.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt as _};
use sarab_runtime::{Failure, Status};

use crate::publish::Publish;

/// The command line in short.
pub(crate) const USAGE: &str = "\
sarab-host --tender PATH [--publish HOST:GUEST].. [--debug] [--memory SIZE] \
[--net NAME=BACKEND].. [--disk NAME=FILE].. [--env NAME].. [--machine NAME] [--accel NAME] \
IMAGE WORDS..
sarab-host --symbolise IMAGE < report";

/// What is asked.
pub(crate) enum Command {
    /// To run a unikernel.
    Run(Order),
    /// To turn the report of a crash, from the standard input, into functions and lines.
    Symbolise(PathBuf),
    /// To show the command line in short.
    Help,
}

/// A unikernel to run, and what it is given.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The program that runs it.
    pub(crate) tender: PathBuf,
    /// Ports of the host that lead to it.
    pub(crate) publish: Vec<Publish>,
    /// Whether a debugger is to be let in before it starts.
    pub(crate) debug: bool,
    /// Options that the tender gets as they are.
    pub(crate) passed: Vec<OsString>,
    /// The network cards that something is attached to already.
    pub(crate) attached: Vec<String>,
    /// The image.
    pub(crate) image: PathBuf,
    /// What the unikernel itself is told.
    pub(crate) guest: Vec<OsString>,
}

impl Command {
    /// Reads the words after the program's name.
    pub(crate) fn read(words: impl Iterator<Item = OsString>) -> Result<Self, Failure> {
        read(words.collect()).map_err(|error| {
            let text = format!("{error}; the command line is\n{USAGE}");
            Failure::new(text).with_status(Status::USAGE)
        })
    }
}

impl Order {
    /// Returns the words for the tender, with the word for a debugger and the `cards` attached
    /// here.
    pub(crate) fn words(&self, debug: Vec<OsString>, cards: &[String]) -> Vec<OsString> {
        let mut words = debug;
        words.extend(self.passed.iter().cloned());
        words.extend(cards.iter().flat_map(|card| ["--net".into(), card.into()]));
        words.push(self.image.clone().into());
        words.extend(self.guest.iter().cloned());
        words
    }
}

fn read(words: Vec<OsString>) -> Result<Command, lexopt::Error> {
    let mut parser = Parser::from_args(words);
    let mut order = Order::default();
    let mut tender = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("tender") => tender = Some(parser.value()?.into()),
            Arg::Long("publish") => order.publish.push(parser.value()?.parse()?),
            Arg::Long("debug") => order.debug = true,
            Arg::Long("net") => order.attach(parser.value()?)?,
            Arg::Long("memory") => order.pass("--memory", parser.value()?),
            Arg::Long("env") => order.pass("--env", parser.value()?),
            Arg::Long("disk") => order.pass("--disk", parser.value()?),
            // What only `sarab-qemu` understands.
            Arg::Long("machine") => order.pass("--machine", parser.value()?),
            Arg::Long("accel") => order.pass("--accel", parser.value()?),
            Arg::Long("symbolise") => return Ok(Command::Symbolise(parser.value()?.into())),
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Value(image) => {
                order.image = image.into();
                // Whatever follows is the guest's, even what looks like an option of this program.
                order.guest = parser.raw_args()?.collect();
                order.tender = tender.ok_or("`--tender PATH` is missing")?;
                return Ok(Command::Run(order));
            }
            other => return Err(other.unexpected()),
        }
    }
    Err("the image is missing".into())
}

impl Order {
    fn pass(&mut self, option: &str, value: OsString) {
        self.passed.extend([option.into(), value]);
    }

    fn attach(&mut self, value: OsString) -> Result<(), lexopt::Error> {
        let text = value.string()?;
        let Some((name, _)) =
            text.split_once('=').filter(|(name, to)| !name.is_empty() && !to.is_empty())
        else {
            return Err(format!("--net {text}: it is NAME=BACKEND, like service=tap:tap0").into());
        };
        self.attached.push(name.into());
        self.pass("--net", text.clone().into());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
