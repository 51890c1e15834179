//! The fences that a tender shuts itself in behind before its guest runs.
//!
//! - `no_new_privs`, which the other two want: no program that it might start has more rights than it.
//! - Landlock: it reaches no file, binds and connects no TCP port, and sends no signal to others.
//! - seccomp: of the system calls it can make only those that it needs, on the very descriptors that it
//!   has opened; see [`calls`].
//!
//! Landlock is there for the case that a filter has a hole, and where the host has no Landlock the
//! filter stands alone. Without seccomp no guest is started.

pub mod calls;

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope,
};
use seccompiler::{SeccompAction, SeccompFilter, SeccompRule, TargetArch};

use crate::Error;

/// What is allowed: a system call, and for which arguments. No rule is any arguments.
pub type Rules = Vec<(i64, Vec<SeccompRule>)>;

/// Gives up files, ports and signals for this thread and those that it starts, for good.
pub fn forbid() -> Result<(), Error> {
    forbid_resources().map_err(|error| cannot("use Landlock", &error))
}

/// Shuts this process in, all of its threads, for good: it makes the system calls of `rules` and no others.
pub fn shut(rules: Rules) -> Result<(), Error> {
    allow_calls(rules).map_err(|error| cannot("filter system calls", &error))
}

fn cannot(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format_args!("the host lets the tender not {what}: {error}"))
}

/// Denies whatever Landlock can deny on this host.
fn forbid_resources() -> Result<(), landlock::RulesetError> {
    let abi = ABI::V6;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(())
}

/// Lets through what `rules` say. Anything else is trapped, which the tender reports as the guest's
/// crash; the call itself is never made.
fn allow_calls(rules: Rules) -> Result<(), seccompiler::Error> {
    let mut by_number: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (number, rules) in rules {
        by_number.entry(number).or_default().extend(rules);
    }
    let (allow, trap) = (SeccompAction::Allow, SeccompAction::Trap);
    let filter = SeccompFilter::new(by_number, trap, allow, TargetArch::x86_64);
    let program: seccompiler::BpfProgram = filter?.try_into()?;
    seccompiler::apply_filter_all_threads(&program)
}
