//! What `config.rs` may say, and the plan that comes of it.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "what a test expects is there")]

mod branches;
mod keys;
mod limits;
mod names;
mod packages;
mod program;
mod site;
mod stages;
mod wiring;

use sarab_compose::plan::{Device, Key, Plan};
use sarab_compose::protocol::{Diagnostic, Mode};
use sarab_compose::{Impl, Inputs, Job, Unikernel, choices, constant, device, job, kinds};

kinds! {
    /// A network card.
    Net,
    /// A disk.
    Block,
    /// Files to read.
    KvRead,
    /// A host.
    Stack,
    /// Its connections.
    Tcp,
}

choices! {
    /// A place to run.
    pub enum Target {
        /// A process.
        Unix = "unix",
        /// A guest.
        Xen = "xen",
    }
}

/// A named disk that waits for nothing.
fn disk(name: &str) -> Impl<Block> {
    device::<fn(String) -> Block>("disk::Disk::open").named(name).of(constant(name.to_string()))
}

/// A job that uses one disk.
fn reads(disk: Impl<Block>) -> Job {
    job::<fn(Block)>("start").of(disk)
}

/// Evaluates `jobs` with what a command line of `words` gives (`--port=80 --tls -t=xen`).
fn evaluate(jobs: &[Job], words: &str) -> Result<Plan, Diagnostic> {
    run(jobs, words, Mode::Evaluate)
}

fn explore(jobs: &[Job], words: &str) -> Result<Plan, Diagnostic> {
    run(jobs, words, Mode::Explore)
}

fn run(jobs: &[Job], words: &str, mode: Mode) -> Result<Plan, Diagnostic> {
    let given = given(words);
    let inputs = Inputs { mode, given: &given, environment: &|_| None };
    Unikernel::new("test", jobs.iter().cloned()).evaluate(&inputs)
}

fn given(words: &str) -> Vec<(String, Option<String>)> {
    let words = words.split_whitespace().map(|word| word.trim_start_matches('-'));
    words
        .map(|word| match word.split_once('=') {
            Some((name, text)) => (name.into(), Some(text.into())),
            None => (word.into(), None),
        })
        .collect()
}

fn plan(jobs: &[Job], words: &str) -> Plan {
    evaluate(jobs, words).unwrap()
}

fn error(jobs: &[Job], words: &str) -> Diagnostic {
    evaluate(jobs, words).unwrap_err()
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.devices.iter().map(|device| device.name.as_str()).collect()
}

fn named<'a>(plan: &'a Plan, name: &str) -> &'a Device {
    plan.devices.iter().find(|device| device.name == name).unwrap()
}

fn key_of<'a>(plan: &'a Plan, name: &str) -> &'a Key {
    plan.keys.iter().find(|key| key.name == name).unwrap()
}

/// The lines of this folder's files that a diagnostic points at.
fn lines(diagnostic: &Diagnostic) -> Vec<u32> {
    diagnostic.labels.iter().map(|label| label.origin.line).collect()
}
